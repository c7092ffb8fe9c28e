/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Paperwork on a tablet: every page of our forms judged by axe and looked at in three widths, what is typed saved while
 * it is typed, a button pressed during a save, two windows, and the same without script.
 */
import { finish, is, like, ok, section, start } from "./lib.mjs";

const t = await start({
  csv: "mrn,family,given,birth_date,email,case_number,case_title\n1,Doe,Ann,1970-01-02,,C-1,Knee\n",
  portal: { PortalLobbyFrom: "127.0.0.0/8" },
});
const desk = await t.page({ desk: "frontdesk", width: 1440 });
const binder = (await t.sql("SELECT id FROM binder"))[0].id;
const master = (await t.sql("SELECT id FROM patient_case"))[0].id;

async function giveAccess() {
  await desk.goto(t.url(`/desk/binders/${binder}/portal/edit`));
  await desk.selectOption("[name=master_case]", master);
  await desk.getByLabel("Access Enabled").check();
  await desk.getByRole("button", { name: "OK", exact: true }).click();
}

async function lobbyPassword() {
  await desk.goto(t.url(`/desk/binders/${binder}/portal`));
  await desk.getByRole("button", { name: "Actions" }).click();
  await desk.getByRole("button", { name: "Generate Lobby Password" }).click();
  return desk.locator(".portal-secret").innerText();
}

async function begin(page) {
  const code = await lobbyPassword();
  await page.goto(t.url("/portal/lobby"));
  await page.getByLabel("Case number").fill("C-1");
  await page.getByLabel("Lobby password").fill(code);
  await page.getByRole("button", { name: "Start" }).click();
}

async function open(page, title) {
  await page.goto(t.url("/portal/paperwork"));
  await page.getByRole("link", { name: title }).click();
}

const next = (page) => t.follow(page.getByRole("button", { name: "Save and continue" }));
const version = (page) => page.locator("form[data-paper] [name=version]").inputValue();

/* Waits until the page has saved what was typed. */
async function saved(page, before) {
  await page.waitForFunction((old) => document.querySelector("[name=version]").value !== old, before);
}

await giveAccess();
const tablet = await t.page({ width: 820 });
await begin(tablet);

section("saved while it is typed");
await open(tablet, "Registration");
let before = await version(tablet);
await tablet.getByLabel("First name and middle names").fill("Ann Typed");
await saved(tablet, before);
await tablet.reload();
is(await tablet.getByLabel("First name and middle names").inputValue(), "Ann Typed", "a reload loses nothing");

section("a button pressed during a save");
let release;
const held = new Promise((resolve) => (release = resolve));
let first = true;
await tablet.route("**/portal/paperwork/*", async (route) => {
  if (route.request().method() === "POST" && first) {
    first = false;
    await held;
  }
  await route.continue();
});
const asked = tablet.waitForRequest((request) => request.method() === "POST");
await tablet.getByLabel("Last name").fill("Doe Typed");
await asked;
await tablet.getByLabel("What should we call you?").fill("Annie");
const pressed = next(tablet);
release();
await pressed;
await tablet.waitForURL(/page=2/);
await tablet.unroute("**/portal/paperwork/*");
await tablet.getByRole("button", { name: "Back" }).click();
is(await tablet.getByLabel("Last name").inputValue(), "Doe Typed", "what was being saved is there");
is(await tablet.getByLabel("What should we call you?").inputValue(), "Annie", "and what was typed meanwhile");

section("two windows");
const other = await tablet.context().newPage();
t.watch(other);
await other.goto(tablet.url());
await other.getByLabel("Last name").fill("Other");
await next(other);
await tablet.getByLabel("Last name").fill("Mine");
await next(tablet);
like(await tablet.locator("main").innerText(), /Saved meanwhile:\s*Other\s*You typed:\s*Mine/, "both versions are shown");
await t.accessible(tablet, "two versions");
await t.shots(tablet, "paperwork-conflict");
await next(tablet);
await tablet.waitForURL(/page=2/);
await other.close();

section("words for something else");
await open(tablet, "Medical history");
await tablet.goto(`${tablet.url()}?page=2`);
await tablet.getByLabel("Please say what").pressSequentially("Gout");
ok(await tablet.getByLabel("Something else").isChecked(), "typing words chooses it");
await tablet.getByLabel("Something else").uncheck();
is(await tablet.getByLabel("Please say what").inputValue(), "", "and taking it back takes the words back");

section("every page of our forms");

async function answerAll(page) {
  const form = page.locator("form[data-paper]");
  for (const input of await form.locator("input[type=text], textarea").all()) {
    const name = await input.getAttribute("name");
    const number = await input.getAttribute("inputmode");
    if (name.endsWith(".other")) continue;
    if (name.endsWith(".day")) await input.fill("31");
    else if (name.endsWith(".month")) await input.fill("2");
    else if (name.endsWith(".year")) await input.fill("1985");
    else await input.fill(number ? "7" : "Some words");
  }
  for (const type of ["radio", "checkbox"]) {
    const names = await form.locator(`input[type=${type}]`).evaluateAll((list) => list.map((one) => one.name));
    for (const name of new Set(names)) await form.locator(`input[type=${type}][name="${name}"]`).first().check();
  }
}

async function mend(page) {
  for (const day of await page.getByLabel("Day").all()) await day.fill("3");
  for (const phone of await page.getByLabel(/phone number/i).all()) await phone.fill("555 0100 123");
  for (const mail of await page.getByLabel("Email address").all()) await mail.fill("a@example.org");
}

for (const title of ["Registration", "Medical history", "Consent"]) {
  const name = `paperwork-${title.split(" ")[0].toLowerCase()}`;
  let wrong = 0;
  await open(tablet, title);
  for (let i = 1; i < 40 && !tablet.url().endsWith("/review"); i++) {
    await t.accessible(tablet, `${title}, ${i}`);
    if (i < 4) await t.shots(tablet, `${name}-${i}`);
    await answerAll(tablet);
    await next(tablet);
    if (!(await tablet.locator(".nhsuk-error-summary").count())) continue;
    await t.accessible(tablet, `${title}, ${i}, wrong`);
    if (!wrong++) await t.shots(tablet, `${name}-wrong`);
    await mend(tablet);
    await next(tablet);
  }
  await t.accessible(tablet, `${title}, review`);
  await t.shots(tablet, `${name}-review`);
  await t.submit(tablet);
  like(tablet.url(), /done=submitted$/, `${title} is submitted`);
}
await t.shots(tablet, "paperwork-done");
await tablet.getByRole("main").getByRole("button", { name: "Finish" }).click();
await t.accessible(tablet, "thanks");
await t.shots(tablet, "lobby-thanks");

section("the desk reads it");
await desk.goto(t.url("/desk/paperwork"));
await t.accessible(desk, "queue");
await t.shots(desk, "desk-paperwork");
await desk.getByRole("link", { name: "Medical history" }).click();
await t.accessible(desk, "one form");
await t.shots(desk, "desk-paperwork-one");
await desk.getByRole("link", { name: "Paperwork", exact: true }).last().click();
await t.accessible(desk, "the tab");
await t.shots(desk, "desk-paperwork-tab");

section("without script");
await desk.getByLabel("Form").selectOption("consent-to-treatment");
await desk.getByRole("button", { name: "Assign" }).click();
const plain = await t.page({ javaScriptEnabled: false });
await begin(plain);
await open(plain, "Consent");
await plain.getByLabel("I am the parent or guardian of the patient").check();
await next(plain);
like(await plain.locator("h1").innerText(), /You and the patient/, "an answer opens the next page");
await plain.getByRole("button", { name: "Back" }).click();
ok(await plain.getByLabel("I am the parent or guardian of the patient").isChecked(), "Back shows the answer");

section("left at once, before the pause after the last key");
await desk.goto(t.url(`/desk/binders/${binder}/paperwork`));
await desk.getByLabel("Form").selectOption("registration");
await desk.getByRole("button", { name: "Assign" }).click();
const quick = await t.page({ width: 820 });
await begin(quick);
await open(quick, "Registration");
const place = quick.url();
await quick.getByLabel("First name and middle names").fill("Before the language");
await quick.getByRole("button", { name: "Español" }).click();
await quick.getByText("Nombre y segundo nombre", { exact: true }).waitFor();
is(quick.url(), place, "another language stays in its place");
is(await quick.getByLabel("Nombre y segundo nombre").inputValue(), "Before the language", "and loses nothing");
await quick.getByRole("button", { name: "English" }).click();
await quick.getByLabel("Last name").fill("Before the link");
await quick.getByRole("link", { name: "Riverside Practice" }).click();
await quick.getByRole("heading", { name: "Paperwork" }).waitFor();
await quick.goto(place);
is(await quick.getByLabel("Last name").inputValue(), "Before the link", "nor does a link");
await quick.getByLabel("What should we call you?").fill("Before Finish");
await quick.getByRole("button", { name: "Finish" }).click();
await quick.getByRole("heading", { name: "Thank you" }).waitFor();
await desk.goto(t.url("/desk/paperwork"));
await desk.getByRole("link", { name: "Registration" }).first().click();
const left = await desk.locator("main").innerText();
for (const words of ["Unfinished", "Before the language", "Before the link", "Before Finish"])
  ok(left.includes(words), `the desk sees what was left: ${words}`, left);
await finish(t);
