/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The three ways into the portal, as people walk them: an invited patient from the mail to home, a patient registered
 * at the desk, and the lobby from its password to Finish and Back. Pages are looked at in three widths and judged by axe;
 * the screenshots of the README come from here. (security.md LB4, LB7)
 */
import { createServer } from "node:http";
import { build, finish, is, like, ok, section, start } from "./lib.mjs";

// Back and Forward as on a tablet in the lobby: pages may come back as they were left.
const t = await start({
  browser: { ignoreDefaultArgs: ["--disable-back-forward-cache"] },
  default_forms: "registration medical-history consent-to-treatment",
  csv: "mrn,family,given,birth_date,email,language,case_number,case_title,case_start\n"
    + "1001,Álvarez,Ana,1970-01-02,ana@example.org,es,A-100,Knee operation,2026-10-01\n"
    + "1001,Álvarez,Ana,1970-01-02,ana@example.org,es,A-101,Check-up,2026-11-02\n"
    + "1002,O’Brien,Bob,1971-02-03,bob@example.org,en,B-200,Hip,2026-09-09\n"
    + "1003,Chen,Li 李,1938-05-06,,en,C-300,Eyes,2026-11-01\n",
});
const own = "violets in the morning rain";

/* ---- the desk ---- */

async function openTab(desk, words, name) {
  await desk.goto(t.url("/desk/"));
  await desk.getByLabel("Find a patient").fill(words);
  await desk.getByRole("button", { name: "Find", exact: true }).click();
  await desk.getByRole("link", { name }).first().click();
  await desk.getByRole("link", { name: "Patient Portal" }).click();
}

async function menu(desk, item) {
  await desk.getByRole("button", { name: "Actions" }).click();
  const entry = desk.getByRole("button", { name: item, exact: true }).or(desk.getByRole("link", { name: item, exact: true }));
  await entry.first().click();
}

async function giveAccess(desk, master, email) {
  await menu(desk, "Edit");
  await desk.getByLabel("Master Case").selectOption({ label: master });
  if (email) await desk.getByLabel("Email", { exact: true }).fill(email);
  await desk.getByLabel("Access Enabled").check();
  await desk.getByRole("button", { name: "OK", exact: true }).click();
  like(await desk.locator(".portal-status").innerText(), /^Enabled/, "access is enabled");
}

/* history.go: a page that comes back from the cache fires no load, but is navigated to. */
async function travel(page, step) {
  const arrived = page.waitForEvent("framenavigated", { timeout: 10000 });
  await page.evaluate((n) => { history.go(n); }, step);
  await arrived;
  await page.waitForFunction(() => document.readyState === "complete");
}

async function fillIn(page, own_password) {
  await page.getByLabel("New password", { exact: true }).fill(own_password);
  await page.getByLabel("Repeat new password").fill(own_password);
}

/* A picture for the README: what a screen of that size shows. `make screenshots` puts it into conf/screenshots. */
async function picture(page, name, width, height) {
  const before = page.viewportSize();
  await page.setViewportSize({ width, height });
  await page.screenshot({ path: `${build}/screenshots/readme-${name}.png` });
  await page.setViewportSize(before);
}

async function signIn(page, number, password) {
  await page.goto(t.url("/portal/login"));
  await page.getByLabel("Case number").fill(number);
  await page.getByLabel("Password", { exact: true }).fill(password);
  await page.getByRole("button", { name: "Sign in" }).click();
}

section("invited: from the mail to home");
const desk = await t.page({ width: 1440, desk: "frontdesk" });
await desk.goto(t.url("/desk/"));
await t.accessible(desk, "find");
await desk.getByLabel("Find a patient").fill("obrien");
await desk.keyboard.press("Enter");
await desk.getByRole("link", { name: /O’Brien/ }).first().waitFor();
await t.shots(desk, "find");
await openTab(desk, "obrien bob", /O’Brien/);
await t.accessible(desk, "tab");
await giveAccess(desk, "B-200", "bob@example.org");
await t.shots(desk, "tab");
await menu(desk, "Send Portal Invitation");
like(await desk.locator(".portal-status").innerText(), /· Invite$/, "the status line says Invite");
const [mail] = await t.mails(1);
await desk.getByRole("button", { name: "Actions" }).click();
await t.accessible(desk, "menu");
await t.shots(desk, "tab-invited");
await picture(desk, "tab", 1440, 1000);
await desk.keyboard.press("Escape");
is(mail.to, "bob@example.org", "the mail goes to the Binder's address");
const link = (mail.links ?? []).find((l) => /\/register\//.test(l)) ?? mail.text.match(/https:\S+\/register\/\S+/)[0];

const phone = await t.page({ width: 390 });
await phone.goto(link);
like(phone.url(), /\/portal\/register\/finish$/, "the token has left the address bar");
await t.accessible(phone, "register/finish");
await t.shots(phone, "register-finish");
await phone.getByLabel("Case number").fill("b 200");
await fillIn(phone, own);
await phone.getByRole("button", { name: "Create account" }).click();
like(phone.url(), /\/portal\/login/, "then sign in");
ok(await phone.locator(".nhsuk-notification-banner").isVisible(), "with a notice");
await signIn(phone, "B-200", own);
like(phone.url(), /\/portal\/$/, "home");
ok(await phone.getByText("B-200").first().isVisible(), "home shows the case");
await t.accessible(phone, "home");
await t.shots(phone, "home");
await picture(phone, "home", 390, 844);
await phone.goto(link);
ok(await phone.getByText(/no longer works/i).first().isVisible(), "the link is used up");
await desk.goto(desk.url());
like(await desk.locator(".portal-status").innerText(), /Normal Registration/, "the desk sees it");

section("registered at the desk");
await openTab(desk, "chen", /Chen/);
await giveAccess(desk, "C-300");
await menu(desk, "Register Patient");
ok(await desk.getByRole("button", { name: "Confirm" }).isVisible(), "it asks first");
await t.accessible(desk, "confirm");
await desk.getByRole("button", { name: "Confirm" }).click();
const temporary = (await desk.locator(".portal-secret").innerText()).trim();
ok(temporary.replaceAll("-", "").length >= 15, "the temporary password is as long as the policy asks");
await t.accessible(desk, "slip");
await t.shots(desk, "slip");
await desk.reload();
ok(!(await desk.content()).includes(temporary), "shown once");
const tablet = await t.page({ width: 820 });
await signIn(tablet, "c300", ` ${temporary.toLowerCase().replaceAll("-", " ")}`);
like(tablet.url(), /\/portal\/password$/, "a temporary password leads to Change password");
await tablet.goto(t.url("/portal/"));
like(tablet.url(), /\/portal\/password$/, "and nowhere else");
await t.accessible(tablet, "password");
await t.shots(tablet, "password");
await fillIn(tablet, own);
await tablet.getByRole("button", { name: "Save password" }).click();
like(tablet.url(), /\/portal\//, "home");
await tablet.getByRole("button", { name: "Sign out" }).click();
like(tablet.url(), /\/portal\/login/, "signed out");

section("the lobby: from its password to Finish and Back");
await openTab(desk, "alvarez", /Álvarez/);
await giveAccess(desk, "A-100");
await menu(desk, "Generate Lobby Password");
const code = (await desk.locator(".portal-secret").innerText()).trim();
like(code, /^\d{4} \d{4}$/, "eight digits in two groups");
ok(await desk.getByText("Contraseña de la sala de espera").isVisible() && await desk.getByText("Qué debe hacer").isVisible(),
  "the slip says it in the patient's language too");
await t.accessible(desk, "lobby slip");
await t.shots(desk, "lobby-slip");
const kiosk = await t.page({ width: 820 });
await kiosk.goto(t.url("/portal/lobby"));
await t.accessible(kiosk, "lobby");
await t.shots(kiosk, "lobby");
await kiosk.getByLabel("Case number").fill("A-100");
await kiosk.getByLabel("Lobby password").fill(code);
await kiosk.getByRole("button", { name: "Start" }).click();
like(kiosk.url(), /\/portal\/paperwork$/, "Start lands on the paperwork");
ok(!/Álvarez|1970/.test(await kiosk.content()), "nothing from the record is shown");
await t.accessible(kiosk, "lobby's paperwork");
await t.shots(kiosk, "lobby-paperwork");
await kiosk.locator("main a[href*='/paperwork/']").first().click();
await t.accessible(kiosk, "a question");
await t.shots(kiosk, "question");
await kiosk.getByLabel("First name and middle names").fill("Maria José");
await kiosk.getByLabel("Last name").fill("Quintero");
await kiosk.getByLabel("Year").fill("1946");
await picture(kiosk, "lobby", 820, 1260);
await t.follow(kiosk.getByRole("button", { name: "Save and continue" }));
await kiosk.goto(t.url("/portal/paperwork"));
await kiosk.getByRole("link", { name: "Medical history" }).click();
const typed = "Zanzibar 4711";
await kiosk.getByLabel("What brings you here?").fill(typed);
await t.follow(kiosk.getByRole("button", { name: "Save and continue" }));
await kiosk.getByRole("button", { name: "Back" }).click();
is(await kiosk.getByLabel("What brings you here?").inputValue(), typed, "Back to the page before: the answer is kept");
const seen = kiosk.url();
await kiosk.getByRole("button", { name: "Finish" }).first().click();
like(kiosk.url(), /\/portal\/lobby\?/, "Finish lands on the lobby's first page");
ok(await kiosk.getByText(/Thank you/).isVisible(), "with thanks");
await t.accessible(kiosk, "thanks");
await t.shots(kiosk, "lobby-thanks");

/* The next person at the tablet presses every button there is. */
async function nothingLeft(what) {
  await kiosk.waitForLoadState();
  const left = await kiosk.evaluate(() => document.documentElement.outerHTML
    + [...document.querySelectorAll("input, textarea")].map((field) => field.value).join(" "));
  ok(!left.includes(typed) && !/Álvarez|1970/.test(left), `nothing of it after ${what}`);
}
for (const step of [-1, -1, -1, 2, -3]) {
  await travel(kiosk, step);
  await nothingLeft(`${step} in the history`);
}
await kiosk.goto(seen);
like(kiosk.url(), /\/portal\/lobby/, "the address of the answer leads to the first page");
await nothingLeft("the address was typed");
await kiosk.goto(t.url("/portal/paperwork"));
like(kiosk.url(), /\/portal\/lobby/, "the session is over");
await kiosk.getByLabel("Case number").fill("A-100");
await kiosk.getByLabel("Lobby password").fill(code);
await kiosk.getByRole("button", { name: "Start" }).click();
ok(await kiosk.locator(".nhsuk-error-summary").isVisible(), "the lobby password is dead after Finish");
await t.accessible(kiosk, "lobby with an error");
await t.shots(kiosk, "lobby-error");

section("a page that may come back does: the back/forward cache is on");
const plain = createServer((request, response) => {
  response.setHeader("Content-Type", "text/html");
  response.end(`<!doctype html><title>x</title><p>${request.url}</p>`
    + "<script>addEventListener('pageshow', (event) => { window.persisted = event.persisted; });</script>");
}).listen(0, "127.0.0.1");
await new Promise((resolve) => plain.once("listening", resolve));
const control = await t.page({});
const address = `http://127.0.0.1:${plain.address().port}`;
await control.goto(`${address}/one`);
await control.evaluate(() => { window.mark = 1; });
await control.goto(`${address}/two`);
await travel(control, -1);
ok(await control.evaluate(() => window.mark === 1 && window.persisted), "the control page comes back as it was left");
plain.close();
plain.closeAllConnections();

section("in Spanish");
const spanish = await t.page({ width: 390, language: "es" });
await spanish.goto(t.url("/portal/login"));
ok(await spanish.getByRole("button", { name: "Iniciar sesión" }).isVisible(), "the page follows the browser");
await t.accessible(spanish, "sign-in in Spanish");
await t.shots(spanish, "login-es");
await openTab(desk, "alvarez", /Álvarez/);
await menu(desk, "Generate Lobby Password");
const code_es = (await desk.locator(".portal-secret").innerText()).trim();
const tableta = await t.page({ width: 820 });
await tableta.goto(t.url("/portal/lobby"));
await tableta.getByRole("button", { name: "Español" }).click();
like(tableta.url(), /\/portal\/lobby$/, "a tablet in English: one button, and the same page is in Spanish");
is(await tableta.getAttribute("html", "lang"), "es", "the page says so");
await tableta.getByLabel("Número de caso").fill("A-100");
await tableta.getByRole("textbox").nth(1).fill(code_es);
await t.shots(tableta, "lobby-es");
await tableta.locator("main button[type=submit]").click();
like(tableta.url(), /\/portal\/paperwork$/, "Spanish goes on after the start");
await t.accessible(tableta, "paperwork in Spanish");
await t.shots(tableta, "lobby-paperwork-es");
await tableta.locator("main a[href*='/paperwork/']").first().click();
await t.accessible(tableta, "a question in Spanish");
await t.shots(tableta, "question-es");
const english = /\b(?:the|your|you|with|please|name|first|save|back)\b/i;
ok(!english.test((await tableta.locator("main").innerText()).replace(/Riverside Practice/g, "")), "no English on it",
  await tableta.locator("main").innerText());
await tableta.getByRole("button", { name: "Terminar" }).first().click();
ok(await tableta.getByText("Gracias").isVisible(), "thanks in Spanish");
const [kept] = (await tableta.context().cookies()).filter((cookie) => cookie.name === "__Host-portal-lang");
ok(kept.expires > 0 && kept.expires < Date.now() / 1000 + 61, "then the tablet speaks its own language again");

await finish(t);
