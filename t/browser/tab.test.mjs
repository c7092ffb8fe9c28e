/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The Patient Portal tab as the front desk uses it: the menu behind Actions, right-click and the context-menu key; the
 * form; the guard; two versions; the slips, on the screen and on paper. Accessibility and screenshots of each.
 */
import { finish, is, like, ok, section, start } from "./lib.mjs";

const csv = [
  "mrn,family,given,birth_date,email,case_number,case_title,case_start",
  "1001,O’Brien,María-José,1961-04-03,maria@details.example,C-2026-00417,Knee replacement,2026-10-12",
  "1001,O’Brien,María-José,1961-04-03,maria@details.example,C-2025-01999,Physiotherapy,2025-03-01",
  "1001,O’Brian,Maria,1961-04-30,maria@details.example,C-2024-00003,Eye clinic,2024-02-11",
].join("\n") + "\n";
const t = await start({ csv, portal: { PortalLobbyFrom: "127.0.0.0/8" } });
const [{ id }] = await t.sql("SELECT id FROM binder");
const page = await t.page({ desk: "frontdesk", width: 1440 });
const tab = t.url(`/desk/binders/${id}/portal`);
const menu = () => page.locator("[data-menu-list]");
const names = ["Edit", "Generate Lobby Password", "Register Patient", "Send Portal Invitation", "Refresh", "Close"];

section("the tab before it was edited");
await page.goto(tab);
is((await page.locator(".portal-status").innerText()).trim(), "Disabled · Not Registered · No Invite", "status line");
await page.getByRole("button", { name: "Actions" }).click();
const items = await menu().locator(".portal-menu__item").allInnerTexts();
is(items.join("|"), names.join("|"), "Actions opens the menu, items in order");
ok(await menu().getByText("Register Patient", { exact: true }).isDisabled(), "an item that cannot work is disabled");
await t.accessible(page, "tab with the menu open");
await t.shots(page, "tab-menu-blank");
await menu().getByText("Close", { exact: true }).click();
ok(!(await menu().isVisible()), "Close closes it");

section("editing");
await page.locator("[data-menu-area] dl").first().click({ button: "right" });
ok(await menu().isVisible(), "right-click opens the menu");
await menu().getByText("Edit", { exact: true }).click();
like(page.url(), /\/portal\/edit$/, "Edit");
await t.accessible(page, "edit");
await t.shots(page, "tab-edit");
await page.getByLabel("Master Case").selectOption({ label: "C-2026-00417" });
await page.getByRole("button", { name: "Use this email" }).click();
is(await page.getByLabel("Email").inputValue(), "maria@details.example", "the e-mail of Details at one click");
await page.getByLabel("Email").fill("maria@home.example");
await page.getByLabel("Access Enabled").check();
await page.getByRole("checkbox", { name: "C-2024-00003" }).check();
await page.getByLabel("Comment").fill("Prefers to be called in the morning.\nDaughter helps with the phone.");
await page.getByRole("button", { name: "OK", exact: true }).click();
like(await page.locator("main").innerText(), /Maria O’Brian, 30 April 1961/, "the guard points at the other person");
await t.accessible(page, "guard");
await t.shots(page, "tab-guard");
await page.locator("input[name=confirm_person]").check();
await page.getByRole("button", { name: "OK", exact: true }).click();
is((await page.locator(".portal-status").innerText()).trim(), "Enabled · Not Registered · No Invite", "saved");
await t.shots(page, "tab-enabled");

section("two people at once");
const other = await t.page({ desk: "nurse", width: 1440 });
await page.goto(`${tab}/edit`);
await other.goto(`${tab}/edit`);
await other.getByLabel("Email").fill("maria@work.example");
await other.getByRole("button", { name: "OK", exact: true }).click();
await page.getByLabel("Comment").fill("Moved house.");
await page.getByRole("button", { name: "OK", exact: true }).click();
is(await page.locator(".portal-versions .portal-card").count(), 2, "both versions side by side");
await t.accessible(page, "two versions");
await t.shots(page, "tab-versions");
await page.getByRole("link", { name: "Cancel" }).click();
is(page.url(), tab, "Cancel keeps the other one");

section("Register Patient");
await page.locator("[data-menu-ready]").waitFor({ state: "attached" }); // until then all of the menu stands there
await page.locator("[data-menu-area] dl a").first().focus();
await page.keyboard.press("ContextMenu");
ok(await menu().isVisible(), "the context-menu key opens the menu");
await menu().getByText("Register Patient", { exact: true }).click();
like(await page.locator("main").innerText(), /María-José O’Brien, case number C-2026-00417/, "Confirm says whom");
await t.accessible(page, "confirm");
await t.shots(page, "tab-confirm");
await page.getByRole("button", { name: "Confirm" }).click();
const password = (await page.locator(".portal-secret").innerText()).trim();
like(password, /^[a-z0-9]{5}(-[a-z0-9]{5}){2,}$/, "a temporary password");
await page.getByRole("button", { name: "Print" }).first().waitFor();
await t.accessible(page, "slip");
await t.shots(page, "slip-temporary");
await page.emulateMedia({ media: "print" });
ok(await page.locator(".portal-secret").isVisible(), "on paper: the password");
ok(!(await page.getByText("This is shown only once").isVisible()), "not the words for the desk");
await t.shots(page, "slip-temporary-paper");
await page.emulateMedia({ media: "screen" });
await page.getByRole("link", { name: "Back to the Patient Portal tab" }).click();
ok(await page.getByRole("button", { name: "Undo Registration" }).isVisible(), "Undo Registration");
await t.shots(page, "tab-registered");
await page.goBack();
ok(!(await page.content()).includes(password), "Back does not show it again");

section("Generate Lobby Password");
await page.goto(tab);
await page.getByRole("button", { name: "Actions" }).click();
await menu().getByText("Generate Lobby Password", { exact: true }).click();
like((await page.locator(".portal-secret").innerText()).trim(), /^\d{4} \d{4}$/, "a lobby password");
ok(await page.locator("svg").isVisible(), "with a QR code");
await t.accessible(page, "lobby slip");
await t.shots(page, "slip-lobby");
await page.goto(tab);
await t.shots(page, "tab-lobby");

await finish(t);
