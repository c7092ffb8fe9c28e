/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What answers change on the very page they are on: scores, questions that they open and close, questions under an
 * answer that moves up; from the server's answer to saving, without a box being written over or losing the focus.
 */
import { finish, is, ok, section, start } from "./lib.mjs";

const t = await start({
  csv: "mrn,family,given,birth_date,email,case_number,case_title\n1,Doe,Ann,1970-01-02,,C-1,Knee\n",
  forms: "t/forms", default_forms: "live", portal: { PortalLobbyFrom: "127.0.0.0/8" },
});
const page = await t.page({ width: 820 });
await (await t.binder()).begin(page);
await page.getByRole("link", { name: "What answers change" }).click();

/* Until all is saved, and the page is as that left it. */
const saved = () => page.locator("form[data-paper]:not([data-unsaved])").waitFor();
const next = () => t.follow(page.getByRole("button", { name: "Save and continue" }));

section("a sum");
const sum = page.locator("[aria-live]", { hasText: "All steps" }).locator(".portal-form-text");
await page.getByLabel("Steps up").pressSequentially("12");
await page.keyboard.press("Tab");
await page.keyboard.type("3");
await saved();
is((await sum.innerText()).trim(), "15", "is shown when there is one");
ok(await page.getByLabel("Steps down").evaluate((box) => box === document.activeElement), "the focus stays where it was");
await page.keyboard.type("0");
is(await page.getByLabel("Steps down").inputValue(), "30", "and so does what is typed");
await page.keyboard.press("Tab");
await saved();
is((await sum.innerText()).trim(), "42", "it follows the answers");
await t.accessible(page, "a sum that changes");
await t.shots(page, "live-sum");
for (const name of ["Steps up", "Steps down"]) await page.getByLabel(name).fill("");
await saved();
is(await sum.count(), 0, "and goes with them");
await page.getByLabel("Steps up").fill("5");
await next();

section("questions that an answer opens");
const who = page.getByLabel("Who helps you?");
is(await who.count(), 0, "not asked yet");
await page.getByLabel("Yes").check();
await who.waitFor();
ok(await page.getByLabel("Yes").isChecked(), "asked at once");
await who.fill("My son");
await page.getByLabel("No", { exact: true }).check();
await who.waitFor({ state: "detached" });
await page.getByLabel("Yes").check();
await who.waitFor();
is(await who.inputValue(), "My son", "what was typed comes back");

section("questions under an answer that moves up");
const called = page.getByLabel("What is it called?");
await page.getByLabel("Cat").check();
await page.getByLabel("Eel").check();
await saved();
is(await called.count(), 2, "one under each");
await called.nth(0).fill("Tom");
await called.nth(1).fill("Ed");
await page.getByLabel("Cat").uncheck();
await saved();
is(await called.count(), 1, "gone with its answer");
is(await called.inputValue(), "Ed", "each name stays with its pet");
await who.fill("Nobody");
await saved();
await page.reload();
is(await called.inputValue(), "Ed", "also when something else is saved after it");
await page.getByRole("button", { name: /^Add another/ }).last().click();
is(await page.getByLabel("Yes").count(), 2, "another home");
await page.getByLabel("Yes").nth(1).check();
await page.getByLabel("Who helps you?").nth(1).waitFor();
ok(await page.getByLabel("Yes").nth(1).isChecked(), "its answers open its own questions");
await t.accessible(page, "questions that came");
await t.shots(page, "live-questions");

section("typed while it is saved");

/* Does something that is saved, and something else while that save is under way. */
async function during(first, then) {
  let release;
  const held = new Promise((resolve) => (release = resolve));
  await page.route("**/portal/paperwork/*", async (route) => {
    if (route.request().method() === "POST") await held;
    await route.continue();
  });
  const asked = page.waitForRequest((request) => request.method() === "POST");
  await first();
  await asked;
  await then();
  await page.unroute("**/portal/paperwork/*", { behavior: "default" });
  release();
}

await during(
  async () => { await who.nth(0).fill("Ann"); await page.keyboard.press("Tab"); },
  async () => {
    await who.nth(0).fill("Ann and Bob");
    await page.keyboard.press("Tab");
    /* a timer of the page that is set after that of the save, and for longer, ends after it */
    await page.evaluate(() => new Promise((done) => setTimeout(done, 1000)));
  },
);
await saved();
await page.reload();
is(await who.nth(0).inputValue(), "Ann and Bob", "is saved after it");

await page.getByLabel("Cat").nth(0).check();
await saved();
const eel = page.getByRole("group", { name: "Eel" }).getByLabel("What is it called?");
await during(
  () => page.getByLabel("Cat").nth(0).uncheck(),
  async () => { await eel.press("End"); await page.keyboard.type("war"); },
);
await page.getByRole("group", { name: "Cat" }).waitFor({ state: "detached" });
await page.keyboard.type("d");
is(await eel.inputValue(), "Edward", "stays when its answer moves up meanwhile");
ok(await eel.evaluate((box) => box === document.activeElement), "in the box that has the focus still");
await saved();
await page.reload();
is(await eel.inputValue(), "Edward", "and is saved with it");
await during(
  () => page.getByLabel("Cat").nth(0).check(),
  async () => { await eel.press("End"); await page.keyboard.type(" I"); },
);
await page.getByRole("group", { name: "Cat" }).waitFor();
await saved();
await page.reload();
is(await eel.inputValue(), "Edward I", "or when it moves down");

await during(
  () => page.getByLabel("No", { exact: true }).nth(0).check(),
  () => who.nth(0).fill("Ann, Bob and Cid"),
);
await saved();
await page.getByLabel("Yes").nth(0).check();
await page.getByLabel("Who helps you?").nth(1).waitFor();
await saved();
is(await who.nth(0).inputValue(), "Ann, Bob and Cid", "and when its question was closed meanwhile");
await page.reload();
is(await who.nth(0).inputValue(), "Ann, Bob and Cid", "saved, too");

section("words with questions under them");
const plants = page.locator(".portal-several", { hasText: "Which plants" }).locator("input");
const water = (name) => page.getByRole("group", { name }).getByLabel("Who waters it?");
await plants.nth(0).fill("Fern");
await page.keyboard.press("Tab");
await water("Fern").fill("Ann");
await during(
  async () => { await plants.nth(0).fill("Ferns"); await page.keyboard.press("Tab"); },
  async () => { await water("Fern").focus(); await page.keyboard.press("End"); await page.keyboard.type("a"); },
);
await page.getByRole("group", { name: "Ferns" }).waitFor();
await saved();
is(await water("Ferns").inputValue(), "Anna", "are asked under the words as they are now");
await page.reload();
is(await water("Ferns").inputValue(), "Anna", "and saved");
await plants.nth(1).fill("Rose");
await page.keyboard.press("Tab");
await water("Rose").fill("Bob");
await saved();
await plants.nth(0).fill("");
await page.keyboard.press("Tab");
await page.getByRole("group", { name: "Ferns" }).waitFor({ state: "detached" });
await saved();
await plants.nth(1).fill("Roses");
await page.keyboard.press("Tab");
await page.getByRole("group", { name: "Roses" }).waitFor();
await saved();
await page.reload();
is(await water("Roses").inputValue(), "Bob", "also behind a box that was emptied");
await finish(t);
