/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Erasing paperwork at the desk, what was erased, and what is passed on to the hospital's own system;
 * every page judged by axe in three widths.
 */
import { finish, is, like, section, start } from "./lib.mjs";

const t = await start({
  csv: "mrn,family,given,birth_date,email,case_number,case_title\n1,Ruiz,Eva,1970-01-02,,C-1,Knee\n",
  portal: { PortalPaperworkRetention: "10y", PortalExport: "https://127.0.0.1:1/fhir" },
});
const binder = await t.binder();
const { desk } = binder;
const main = () => desk.locator("main").innerText();

section("one form");
await desk.getByRole("link", { name: "Paperwork" }).last().click();
const forms = await desk.locator("table.portal-table tbody tr").count();
await desk.locator("table.portal-table tbody a").first().click();
await desk.getByRole("link", { name: "Erase this form" }).click();
await desk.getByRole("button", { name: "Erase" }).click();
like(await desk.title(), /^Error/, "not without a reason");
await t.accessible(desk, "no reason was given");
await t.shots(desk, "paperwork-erase");
await desk.getByLabel("It was given out or filled in by mistake").check({ force: true });
await desk.getByRole("button", { name: "Erase" }).click();
like(await main(), /Eva Ruiz, record number 1[^]*cannot be undone[^]*stays there/, "it asks first");
await t.accessible(desk, "erasing asks first");
await t.shots(desk, "paperwork-erase-confirm");
await desk.getByRole("button", { name: "Confirm" }).click();
like(await main(), /The paperwork is erased/, "it is erased");
is(await desk.locator("table.portal-table").first().locator("tbody tr").count(), forms - 1, "one form less");
like(await main(), /by mistake/, "and a record of it");
await t.accessible(desk, "the binder's paperwork with the record");
await t.shots(desk, "binder-paperwork-erased");

section("by the keyboard, all of it");
await desk.getByRole("link", { name: "Erase all paperwork of this binder" }).focus();
await desk.keyboard.press("Enter");
await desk.getByLabel("The patient asked for it").focus();
await desk.keyboard.press("Space");
await desk.keyboard.press("Enter");
await desk.getByRole("button", { name: "Confirm" }).focus();
await desk.keyboard.press("Enter");
await desk.waitForURL(/done=erased/);
like(await main(), /This binder has no paperwork[^]*The patient asked for it/, "nothing is left but the records");

section("what was erased, and what is passed on");
await desk.goto(t.url("/desk/paperwork/erasures"));
like(await main(), /No form is erased by itself in the next 30 days/, "nothing goes by itself");
await t.accessible(desk, "what was erased");
await t.shots(desk, "paperwork-erasures");
await desk.goto(t.url("/desk/outbox"));
await desk.getByRole("link", { name: "Paperwork for the hospital’s own system" }).click();
like(await main(), /passed on to https:\/\/127\.0\.0\.1:1\/fhir[^]*Nothing was passed on yet/, "where it would go");
await t.accessible(desk, "what is passed on");
await t.shots(desk, "outbox-exports");
await finish(t);
