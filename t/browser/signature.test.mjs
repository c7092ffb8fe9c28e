/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Signing a form on a tablet: drawn with a mouse, the drawing there still after an error, by keyboard alone, and
 * without script; every page judged by axe and looked at in three widths.
 */
import { finish, is, like, ok, section, start } from "./lib.mjs";

const t = await start({
  csv: "mrn,family,given,birth_date,email,case_number,case_title\n1,Doe,Ann,1970-01-02,,C-1,Knee\n",
  forms: "t/forms",
  default_forms: "consent",
  portal: { PortalLobbyFrom: "127.0.0.0/8" },
});
const binder = await t.binder();
const { desk } = binder;

/* A form of its own for each round, filled in up to the review. */
async function review(page) {
  await page.goto(t.url("/portal/paperwork"));
  await page.locator(".nhsuk-task-list__link").first().click();
  await page.getByLabel("Yes").check();
  await t.follow(page.getByRole("button", { name: "Save and continue" }));
  await page.waitForURL(/review$/);
}

async function assign() {
  await desk.goto(t.url(`/desk/binders/${binder.id}/paperwork`));
  await desk.selectOption("[name=form]", "consent");
  await desk.getByRole("button", { name: "Assign" }).click();
}

section("drawn");
const tablet = await t.page({ width: 820 });
await binder.begin(tablet);
await review(tablet);
await t.accessible(tablet, "the review with a signature");
await t.shots(tablet, "signature");
async function draw() {
  const box = await tablet.locator("canvas").boundingBox();
  await tablet.mouse.move(box.x + 30, box.y + 40);
  await tablet.mouse.down();
  for (let i = 1; i <= 20; i++) await tablet.mouse.move(box.x + 30 + i * 12, box.y + 40 + (i % 5) * 12);
  await tablet.mouse.up();
}
await tablet.locator("canvas").scrollIntoViewIfNeeded();
await draw();
await tablet.getByRole("button", { name: "Clear the drawing" }).click();
is(await tablet.locator("[name=sign_strokes]").inputValue(), "", "cleared");
await draw();
const strokes = await tablet.locator("[name=sign_strokes]").inputValue();
like(strokes, /^\d+,\d+( \d+,\d+)+$/, "the points of one stroke");
await tablet.getByRole("button", { name: "Sign and submit" }).click();
like(await tablet.locator("main").innerText(), /Type your full name to sign/, "a name is asked for");
is(await tablet.locator("[name=sign_strokes]").inputValue(), strokes, "the drawing is there still");
await t.accessible(tablet, "the review with errors");
await t.shots(tablet, "signature-errors");
await tablet.getByLabel("Type your full name to sign").fill("Ann Doe");
await tablet.getByLabel("I have read the form").check();
await tablet.getByRole("button", { name: "Sign and submit" }).click();
like(tablet.url(), /done=submitted/, "signed");

section("by keyboard alone");
await assign();
await binder.begin(tablet);
await review(tablet);
await tablet.getByLabel("Type your full name to sign").focus();
await tablet.keyboard.type("Ann Keys");
for (let i = 0; i < 5; i++) {
  await tablet.keyboard.press("Tab");
  if (await tablet.evaluate(() => document.activeElement.name === "sign_agree")) break;
}
await tablet.keyboard.press("Space");
await tablet.keyboard.press("Enter");
await tablet.waitForURL(/done=submitted/);
ok(true, "signed without a pointer");

section("without script");
await assign();
const plain = await t.page({ width: 390, javaScriptEnabled: false });
await binder.begin(plain);
await review(plain);
is(await plain.locator("canvas").isVisible(), false, "nothing to draw on");
await t.shots(plain, "signature-plain").catch(() => ok(true, "no pictures without script"));
await plain.getByLabel("Type your full name to sign").fill("Ann Plain");
await plain.getByLabel("I have read the form").check();
await plain.getByRole("button", { name: "Sign and submit" }).click();
like(plain.url(), /done=submitted/, "typed, it is signed");

section("at the desk");
await desk.goto(t.url("/desk/paperwork"));
await desk.locator("tr", { hasText: "Consents" }).last().locator("td a").first().click();
await t.accessible(desk, "a drawn signature");
await t.shots(desk, "signature-read");
like(await desk.locator("main").innerText(), /The signature fits the answers/, "it fits");

section("its copy, as a file");
const file = `${t.dir}/copy.html`;
const sent = desk.waitForEvent("download");
await desk.getByRole("link", { name: "Download the signed copy" }).click();
await (await sent).saveAs(file);
await desk.goto(`file://${file}`);
ok(await desk.locator("svg path").isVisible(), "has the drawing");
await t.accessible(desk, "a signed copy");
await t.shots(desk, "signature-copy");
await finish(t);
