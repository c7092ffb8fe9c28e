/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Saving while somebody types, when it does not work: the line is away for a while, or another device was faster. It is
 * said on the page, nothing typed is lost, and both devices' answers are there to choose from.
 */
import { finish, is, like, ok, section, start } from "./lib.mjs";

const t = await start({
  csv: "mrn,family,given,birth_date,email,case_number,case_title\n1,Doe,Ann,1970-01-02,ann@example.org,C-1,Knee\n",
  forms: "t/forms", default_forms: "words",
});
const own = "quite a long password 17";
const binder = await t.binder();

async function signIn(page, password) {
  await page.goto(t.url("/portal/login"));
  await page.getByLabel("Case number").fill("C-1");
  await page.getByLabel("Password", { exact: true }).fill(password);
  await page.getByRole("button", { name: "Sign in" }).click();
}

const phone = await t.page({ width: 390 });
await signIn(phone, await binder.secret("Register Patient"));
await phone.locator("[name=new_password]").fill(own);
const repeat = phone.locator("[name=new_password_again]");
if (await repeat.count()) await repeat.fill(own);
await phone.locator("main button[type=submit]").last().click();
await phone.waitForURL(/portal\/?(\?|$)/);
const tablet = await t.page({ width: 820 });
await signIn(tablet, own);
await tablet.waitForURL(/portal\/?(\?|$)/);

const [{ id }] = await t.sql("SELECT id FROM assignment");
const open = (page) => page.goto(t.url(`/portal/paperwork/${id}?page=1`));
const saved = (page) => page.locator("form[data-paper]:not([data-unsaved])").waitFor();
const box = (page) => page.getByLabel("Who insures you?");

section("the line is away");
await open(phone);
await phone.route("**/portal/paperwork/*", (route) => (route.request().method() === "POST" ? route.abort() : route.continue()));
await box(phone).fill("Blue");
await phone.keyboard.press("Tab");
const waits = phone.getByText("cannot be saved at the moment");
await waits.waitFor();
ok(true, "it is said");
await t.accessible(phone, "a page that cannot be saved");
await t.shots(phone, "saving-waits");
await box(phone).fill("Blue and green");
await phone.unroute("**/portal/paperwork/*");
await saved(phone);
ok(await waits.isHidden(), "until it is back");
await phone.reload();
is(await box(phone).inputValue(), "Blue and green", "then all that was typed is saved");

t.faults = t.faults.filter((fault) => !/net::ERR_FAILED/.test(fault)); /* it was away */

section("another device is faster");
await open(tablet);
is(await box(tablet).inputValue(), "Blue and green", "the other device has it");
await box(tablet).fill("Red");
await saved(tablet);
await box(phone).fill("Yellow");
const stopped = phone.getByText("not saved by itself any more");
await stopped.waitFor();
ok(true, "the slower one is told at once");
await t.accessible(phone, "a page that was changed elsewhere");
await t.shots(phone, "saving-stopped");
await t.follow(phone.getByRole("button", { name: "Save and continue" }));
like(await phone.locator("main").innerText(), /Saved meanwhile:\s*Red[^]*You typed:\s*Yellow/, "and shown both");
is(await box(phone).inputValue(), "Yellow", "what it typed is still there");
await t.follow(phone.getByRole("button", { name: "Save and continue" }));
await open(tablet);
is(await box(tablet).inputValue(), "Yellow", "and kept when it says so");
await finish(t);
