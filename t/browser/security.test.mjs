/* SPDX-License-Identifier: Apache-2.0 */
/* Where a patient is signed in, and who looked at their record: on a phone, judged by axe, in three widths. */
import { finish, is, like, section, start } from "./lib.mjs";

const t = await start({ csv: "mrn,family,given,birth_date,email,case_number,case_title\n1,Doe,Ann,1970-01-02,,C-1,Knee\n" });
const desk = await t.page({ desk: "frontdesk", width: 1440 });
const binder = (await t.sql("SELECT id FROM binder"))[0].id;
const master = (await t.sql("SELECT id FROM patient_case"))[0].id;
const own = "heron lagoon tundra";

await desk.goto(t.url(`/desk/binders/${binder}/portal/edit`));
await desk.selectOption("[name=master_case]", master);
await desk.getByLabel("Access Enabled").check();
await desk.getByRole("button", { name: "OK", exact: true }).click();
await desk.getByRole("button", { name: "Actions" }).click();
await desk.getByRole("button", { name: "Register Patient" }).click();
await desk.getByRole("button", { name: "Confirm" }).click();
const temporary = await desk.locator(".portal-secret").innerText();

async function enter(page, password) {
  await page.goto(t.url("/portal/login"));
  await page.getByLabel("Case number").fill("C-1");
  await page.getByLabel("Password", { exact: true }).fill(password);
  await page.getByRole("button", { name: "Sign in" }).click();
}

section("two browsers");
const phone = await t.page({ width: 390 });
await enter(phone, temporary);
await phone.getByLabel("New password", { exact: true }).fill(own);
await phone.getByLabel("Repeat new password").fill(own);
await phone.getByRole("button", { name: "Save password" }).click();
const library = await t.page({ width: 1440 });
await enter(library, own);
await t.accessible(phone, "home");
await t.shots(phone, "home-safety");
await phone.getByRole("link", { name: "Where you are signed in" }).click();
is(await phone.locator(".portal-sessions__one").count(), 2, "both are listed");
await t.accessible(phone, "where one is signed in");
await t.shots(phone, "security");
await phone.getByRole("button", { name: "Sign out there" }).click();
like(await phone.locator("main").innerText(), /Signed out there\./, "the other one is signed out");
await library.reload();
like(library.url(), /\/login/, "and has to sign in");

section("who looked");
await phone.getByRole("link", { name: "Back" }).click();
await phone.getByRole("link", { name: "Who looked at your record" }).click();
like(await phone.locator("main").innerText(), /frontdesk/, "the front desk is named");
await t.accessible(phone, "who looked");
await t.shots(phone, "security-looks");

await finish(t);
