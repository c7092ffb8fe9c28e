/* SPDX-License-Identifier: Apache-2.0 */
/* The front desk with six people in the queue: find, open, add, and two editors of one binder. */
import { start, finish, ok, is, like, section } from "./lib.mjs";

const people = [
  "M-1001,Østergård,Ann Sofie,1979-03-01,ann@example.org,CASE-20313,Knee,2026-02-03",
  "M-1001,Østergård,Ann Sofie,1979-03-01,ann@example.org,CASE-20890,Check after surgery,2026-05-11",
  "M-1001,Maiden,Ann,1979-03-01,ann@example.org,CASE-11200,Shoulder,2019-10-02",
  "M-1002,الحسيني,فاطمة زهراء,1988-02-29,,CASE-30940,Hip,2026-01-15",
  "M-1003,山田,太郎,1970-01-01,taro@example.org,CASE-40001,,",
  "M-1004,\"von der Lühe, geb. Gräfin zu Sayn-Wittgenstein-Berleburg-Hohenstein und Ludwigsburg\",Maximiliane Elisabeth Theodora,1940-10-10,,CASE-50001,Cataract,2026-03",
  "M-1005,,Suharto,1955,,CASE-60001,,",
  "M-1006,Annesley,Ann,1990-12-31,,CASE-70001,,",
];
for (let i = 0; i < 30; i++) people.push(`M-2${100 + i},Miller,Pat${i},19${50 + i}-01-0${1 + (i % 9)},,CASE-8${1000 + i},,`);
const t = await start({
  csv: `mrn,family,given,birth_date,email,case_number,case_title,case_start\n${people.join("\n")}\n`,
});
const page = await t.page({ desk: "frontdesk", width: 1440 });

section("find");
await page.goto(t.url("/desk/"));
await t.accessible(page, "find");
is(await page.evaluate(() => document.activeElement.id), "field-q", "the box has the focus");
await page.keyboard.type("ann");
await page.keyboard.press("Enter");
await page.waitForSelector("#hits");
is(new URL(page.url()).pathname, "/desk/find", "Enter finds; nothing typed stands in the address");
is(await page.locator("tbody tr").count(), 2, "two people called Ann");
is(await page.getByRole("textbox", { name: "Find a patient" }).inputValue(), "ann", "what was typed is still there");
await t.accessible(page, "hits");
await t.shots(page, "desk-find");
const box = page.getByLabel("Find a patient");
for (const [typed, name] of [["زهراء", "desk-find-arabic"], ["miller", "desk-find-pages"], ["nobody at all", "desk-find-none"], ["von der", "desk-find-long"]]) {
  await box.fill(typed);
  await page.getByRole("button", { name: "Find" }).click();
  await page.waitForLoadState();
  await t.shots(page, name);
}

section("a binder");
await box.fill("CASE-20313");
await box.press("Enter");
await page.getByRole("link", { name: "Ann Sofie Østergård" }).click();
await page.waitForSelector("#cases");
await t.accessible(page, "details");
await t.shots(page, "desk-binder");
await page.getByRole("link", { name: "CASE-20313" }).click();
await t.accessible(page, "case");
await t.shots(page, "desk-case");
await page.getByRole("link", { name: "Timeline" }).click();
await t.accessible(page, "timeline");
await t.shots(page, "desk-timeline");
await page.getByRole("link", { name: "Audit" }).click();
await t.accessible(page, "audit");
await t.shots(page, "desk-audit");

section("two editors");
await page.goto(t.url("/desk/"));
await box.fill("Annesley");
await box.press("Enter");
await page.getByRole("link", { name: "Ann Annesley" }).click();
await page.waitForSelector("#cases");
const other = await t.page({ desk: "nurse", width: 820 });
await other.goto(page.url());
for (const p of [page, other]) await p.getByRole("link", { name: "Edit details" }).click();
await t.accessible(page, "edit");
await t.shots(page, "desk-edit");
await page.getByLabel("First names").fill("Anna");
await page.getByRole("button", { name: "OK" }).click();
like(await page.locator("main").innerText(), /The changes are saved/, "the first one saves");
await other.getByLabel("Phone").fill("555 0100");
await other.getByRole("button", { name: "OK" }).click();
like(await other.locator("main").innerText(), /Anna[^]*555 0100/, "the second one sees both versions");
await t.accessible(other, "conflict");
await t.shots(other, "desk-conflict");

section("add");
await page.goto(t.url("/desk/binders/new"));
await page.getByRole("button", { name: "Add binder" }).click();
await t.accessible(page, "new binder with errors");
await page.getByLabel("Record number").fill("M-9000");
await page.getByLabel("Family name").fill("Smith");
await page.getByLabel("Date of birth").fill("3/12/1975");
await page.getByRole("button", { name: "Add binder" }).click();
await t.shots(page, "desk-new-binder");
await page.getByLabel("Date of birth").fill("1975-03-12");
await page.getByRole("button", { name: "Add binder" }).click();
await page.getByRole("link", { name: "Add a case" }).click();
is(await page.getByLabel("Family name").inputValue(), "Smith", "the person of a new case is filled in");
await t.accessible(page, "new case");
await t.shots(page, "desk-new-case");
await page.getByLabel("Case number").fill("C-9000");
await page.getByRole("button", { name: "Add case" }).click();
like(await page.locator("main").innerText(), /Case C-9000/, "and the case is there");
ok(!/Smith|9000/.test(page.url()), "its address names nobody");

section("by keyboard alone, from the first page to the slip");
let keys = 0;
const focused = () => page.evaluate(() => (document.activeElement.innerText || document.activeElement.name || "").trim());
async function press(key, then) {
  keys++;
  await page.keyboard.press(key);
  if (!then) return;
  await page.waitForSelector(then);
  await page.waitForLoadState("load");  /* its script says where the page begins */
}
async function tabTo(name) {
  for (let i = 0; i < 12 && (await focused()) !== name; i++) await press("Tab");
  is(await focused(), name, `Tab leads to ${name}`);
}
await page.goto(t.url("/desk/"));
await page.keyboard.type("von der");
await press("Enter", "#hits");
await press("Enter", ".portal-person");
await tabTo("Patient Portal");
ok(await page.evaluate(() => getComputedStyle(document.activeElement).backgroundColor === "rgb(255, 235, 59)"), "which shows it");
await press("Enter", ".portal-status");
await tabTo("Actions");
await press("Enter");
await press("Enter", "#field-master_case");
is(await focused(), await page.locator("#field-master_case").innerText(), "Edit begins at its first field");
await press("ArrowDown");
await tabTo("access_enabled");
await press("Space");
await press("Enter", "text=The changes are saved");
await press("ContextMenu", "[data-menu-list]");
await press("ArrowDown");
await press("ArrowDown");
is(await focused(), "Register Patient", "the menu by arrow keys");
await press("Enter", "text=Please read this first");
is(await focused(), (await page.locator("[data-begin]").innerText()).trim(), "what it destroys is read first, and Enter does nothing yet");
await tabTo("Confirm");
await press("Enter", ".portal-secret");
is(await focused(), "Print", "Print is next");
ok(keys <= 30, "few keys for all that", `${keys} keys`);

await finish(t);
