/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The parts of pages in a real browser, without the portal: pages that t/tools/preview renders, served with the
 * portal's own content policy. Accessibility by axe-core, widths and targets, and everything that portal.js does.
 * (security.md CS6, LB5, PW7)
 */
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { createServer } from "node:http";
import { createRequire } from "node:module";
import path from "node:path";
import { fileURLToPath } from "node:url";

const top = path.resolve(path.dirname(fileURLToPath(import.meta.url)), "../..");
process.chdir(top);
const build = path.resolve(process.env.BUILD || "build");
const { chromium } = createRequire(`${build}/npm-test/`)("playwright-core");
const axe = readFileSync(`${build}/npm-test/node_modules/axe-core/axe.min.js`, "utf8");
const policy =
  "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; font-src 'self'; connect-src 'self'; " +
  "form-action 'self'; base-uri 'none'; frame-ancestors 'none'; object-src 'none'";

/* ---- TAP ---- */

let count = 0;
let failed = 0;
function ok(holds, what, why = "") {
  count++;
  if (!holds) failed++;
  console.log(`${holds ? "ok" : "not ok"} ${count} - ${what}`);
  if (!holds && why) console.log(String(why).replace(/^/gm, "#   "));
}
const is = (got, want, what) => ok(got === want, what, `got ${JSON.stringify(got)}, expected ${JSON.stringify(want)}`);

/* ---- pages: /PAGE/VIEW/LANG, and what the portal would answer at /portal/… ---- */

const types = { css: "text/css", js: "text/javascript", svg: "image/svg+xml" };
const portal = { left: 900, asked: 0, extended: 0 };

function page(name, view, lang) {
  return execFileSync(`${build}/t/tools/preview`, [name, `t/tools/views/${view}.json`, lang]);
}

function respond(request, response) {
  const parts = request.url.split("?")[0].split("/").slice(1);
  const send = (status, type, data) => {
    response.writeHead(status, { "Content-Type": type, "Content-Security-Policy": policy });
    response.end(data);
  };
  if (parts[1] === "static") {
    const file = parts[3];
    return send(200, types[file.split(".").pop()], readFileSync(`${build}/htdocs/static/${file}`));
  }
  if (request.url === "/portal/session") {
    if (request.method === "POST") {
      portal.extended++;
      portal.left = 900;
    } else portal.asked++;
    return send(portal.left > 0 ? 200 : 401, "application/json", JSON.stringify({ idle_left: portal.left }));
  }
  /* the page it was on, which leads to signing in and back */
  if (request.url === "/portal/") return send(200, "text/html", page("login", "login", "en"));
  if (parts.length !== 3 || !/^[a-z_]+$/.test(parts[0])) return send(404, "text/plain", "");
  const lifetime = new URL(request.url, root).searchParams.get("lifetime");
  const shown = String(page(...parts));
  return send(200, "text/html; charset=utf-8",
    lifetime ? shown.replace(/lifetime="\d+"/, `lifetime="${lifetime}"`) : shown);
}

const server = createServer((request, response) => {
  try {
    respond(request, response);
  } catch (error) {
    console.log(`# ${request.url}: ${error.message}`);
    response.writeHead(500).end();
  }
});
await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
const root = `http://127.0.0.1:${server.address().port}`;

/* ---- the browser ---- */

const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM || "/usr/bin/chromium",
  args: ["--no-sandbox", "--disable-gpu"],
});
const faults = [];
async function open(address, options = {}) {
  const context = await browser.newContext({ viewport: { width: 820, height: 900 }, ...options });
  const tab = await context.newPage();
  tab.on("pageerror", (error) => faults.push(error.message));
  tab.on("console", (line) => line.type() === "error" && !/401/.test(line.text()) && faults.push(line.text()));
  if (options.clock) await tab.clock.install();
  await tab.goto(root + address);
  return tab;
}
const focused = (tab) => tab.evaluate(() => document.activeElement.textContent.trim());

/* ---- how pages look ---- */

const looks = ["login/login/en", "login/login-wrong/en", "home/home/en", "home/home/es", "parts/parts/en",
  "slip_page/slip_page/en", "confirm/confirm/en", "problem/problem/es", "gone/gone/en",
  "register/register/en", "register_finish/register_finish-wrong/en", "forgot/forgot-asked/es",
  "reset_finish/reset_finish/es", "password/password/en", "outbox/outbox/en"];
const rules = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"];

async function violations(tab) {
  return tab.evaluate(async ([source, runOnly]) => {
    (0, eval)(source);
    const { violations } = await window.axe.run({ runOnly });
    return violations.flatMap((v) => v.nodes.map((node) => `${v.id}: ${node.html.slice(0, 200)}`)).join("\n");
  }, [axe, rules]);
}

/* Targets that are not words in a sentence: 44 px. */
const small = (tab) =>
  tab.evaluate(() =>
    Array.from(document.querySelectorAll("a:not(.nhsuk-skip-link), button, input:not([type=hidden]), select, textarea, summary"))
      .filter((e) => getComputedStyle(e).display !== "inline" && e.getClientRects().length)
      .filter((e) => e.getBoundingClientRect().height < 44)
      .map((e) => `${e.getBoundingClientRect().height} px: ${e.outerHTML.slice(0, 120)}`)
      .join("\n"));

for (const look of looks) {
  const tab = await open(`/${look}`, { bypassCSP: true });
  for (const width of [320, 390, 820, 1440]) {
    await tab.setViewportSize({ width, height: 900 });
    is(await tab.evaluate(() => document.documentElement.scrollWidth), width, `${look}: no scrolling sideways at ${width}`);
  }
  for (const width of [390, 1440]) {
    await tab.setViewportSize({ width, height: 900 });
    is(await violations(tab), "", `${look}: axe finds nothing at ${width}`);
    is(await small(tab), "", `${look}: large targets at ${width}`);
  }
  await tab.setViewportSize({ width: 820, height: 900 });
  await tab.evaluate(() => (document.documentElement.dir = "rtl"));
  is(await tab.evaluate(() => document.documentElement.scrollWidth), 820, `${look}: nor from right to left`);
  await tab.context().close();
}

/* ---- small things ---- */

{
  const tab = await open("/login/login/en");
  await tab.fill("#field-password", "something long");
  is(await tab.getByLabel("Password").count(), 1, "one control is labelled Password");
  await tab.getByRole("button", { name: "Show Password" }).click();
  is(await tab.getAttribute("#field-password", "type"), "text", "Show shows the password");
  await tab.getByRole("button", { name: "Hide Password" }).click();
  is(await tab.getAttribute("#field-password", "type"), "password", "Hide hides it");

  // PW7: as a password manager does it: by what the fields say they are, typed by nobody; and by pasting
  const fields = "form:has(#field-password) input:not([type=hidden])";
  const said = await tab.locator(fields).evaluateAll((all) => all.map((field) => `${field.type} ${field.autocomplete}`));
  is(said.join(", "), "text username, password current-password", "PW7: what a password manager goes by");
  await tab.fill(`${fields}[autocomplete=username]`, "heron lagoon tundra");
  await tab.press(`${fields}[autocomplete=username]`, "Control+A");
  await tab.press(`${fields}[autocomplete=username]`, "Control+C");
  await tab.fill("#field-password", "");
  await tab.press("#field-password", "Control+V");
  is(await tab.inputValue("#field-password"), "heron lagoon tundra", "PW7: a password can be pasted");
  await tab.fill("#field-password", "something long");

  const stopped = await tab.evaluate(() => {
    const seen = [];
    window.addEventListener("submit", (event) => {
      seen.push(event.defaultPrevented);
      event.preventDefault();
    });
    const button = document.querySelector("main button[type=submit]");
    button.click();
    button.click();
    return seen.join();
  });
  is(stopped, "false,true", "a form that is clicked twice is sent once");
  await tab.context().close();
}
{
  const tab = await open("/parts/parts/en");
  ok(await tab.evaluate(() => document.activeElement.hasAttribute("data-error-summary")), "the error summary has the focus");
  await tab.locator(".nhsuk-error-summary a").nth(1).click();
  is(await tab.evaluate(() => document.activeElement.id), "field-birth_date-day", "its link leads to the first box of a date");
  await tab.locator(".nhsuk-error-summary a").nth(0).click();
  is(await tab.evaluate(() => document.activeElement.id), "field-email", "and to a text field");
  await tab.context().close();
}

/* ---- the menu ---- */

{
  const tab = await open("/parts/parts/en");
  const list = tab.locator("[data-menu-list]");
  const toggle = tab.locator("[data-menu-toggle]");
  const shown = () => list.isVisible();

  ok(!(await shown()), "the menu is closed at first");
  await toggle.click();
  ok(await shown(), "Actions opens it");
  is(await toggle.getAttribute("aria-expanded"), "true", "and says so");
  is(await focused(tab), "Change", "the first item has the focus");
  for (const [key, item] of [["End", "Close"], ["ArrowDown", "Change"], ["ArrowUp", "Close"], ["Home", "Change"], ["ArrowDown", "Actions"], ["ArrowDown", "Back"]]) {
    await tab.keyboard.press(key);
    is(await focused(tab), item, `${key} goes to ${item}`);
  }
  await tab.keyboard.press("Escape");
  ok(!(await shown()), "Escape closes it");
  is(await focused(tab), "Actions", "and the button has the focus again");

  await tab.locator("[data-menu-area] .nhsuk-summary-list__value").first().click({ button: "right" });
  ok(await shown(), "right-click in the area opens it");
  await tab.locator("[data-menu-close]").click();
  ok(!(await shown()), "Close closes it");
  for (const key of ["ContextMenu", "Shift+F10"]) {
    await tab.keyboard.press(key);
    ok(await shown(), `${key} opens it`);
    await tab.locator("h1").click();
    ok(!(await shown()), "a click elsewhere closes it");
  }
  await tab.locator("h1").click({ button: "right" });
  ok(!(await shown()), "right-click outside the area is the browser's own");
  await toggle.click();
  await tab.setViewportSize({ width: 320, height: 500 });
  is(await tab.evaluate(() => document.documentElement.scrollWidth), 320, "open, it fits a small screen");
  await tab.context().close();

  const plain = await open("/parts/parts/en", { javaScriptEnabled: false });
  for (const name of ["Change", "Actions", "Back"])
    ok(await plain.locator("[data-menu-list]").getByText(name, { exact: true }).isVisible(), `without script ${name} is simply shown`);
  ok(await plain.locator("[data-menu-list] button:disabled").isVisible(), "as is what cannot be done");
  ok(await plain.getByText("You have no paperwork to do.").first().isVisible(), "with its reason");
  ok(!(await plain.locator("[data-menu-toggle]").isVisible()), "and there is no button that does nothing");
  await plain.context().close();
}
{
  const tab = await open("/slip_page/slip_page/en");
  await tab.evaluate(() => (window.print = () => (document.title = "printed")));
  await tab.locator(".portal-secret").click({ button: "right" });
  await tab.locator("[data-menu-list] [data-print]").click();
  is(await tab.title(), "printed", "a slip is printed by right-click and Print");
  await tab.emulateMedia({ media: "print" });
  ok(await tab.locator(".portal-secret").isVisible(), "on paper there is the password");
  ok(await tab.locator(".portal-header__text").isVisible(), "and the hospital");
  is(await tab.locator("nav, button, form").filter({ visible: true }).count(), 0, "and nothing to press");
  await tab.context().close();
}

/* ---- the end of a session ---- */

async function nearTheEnd(left) {
  Object.assign(portal, { left: 900, asked: 0, extended: 0 });
  const tab = await open("/home/home/en", { clock: true });
  await tab.clock.runFor(805 * 1000);
  is(portal.asked, 0, "nothing is asked while there is time");
  portal.left = left;
  const answered = tab.waitForResponse((response) => response.url().endsWith("/session"));
  await tab.clock.runFor(8 * 1000);
  await (await answered).finished();
  await tab.clock.runFor(2 * 1000);
  return tab;
}
{
  const tab = await nearTheEnd(88);
  const box = tab.locator("[data-idle]");
  await box.waitFor();
  ok(Number(await tab.locator("[data-idle-left]").textContent()) > 60, "warned more than a minute before the end");
  const answered = tab.waitForResponse((response) => response.request().method() === "POST");
  await tab.keyboard.press("Enter");
  await box.waitFor({ state: "hidden" });
  await answered;
  is(portal.extended, 1, "one key extends the session");
  await tab.context().close();
}
{
  const tab = await nearTheEnd(88);
  await tab.locator("[data-idle]").waitFor();
  portal.left = 0;
  let arrive;
  const hold = new Promise((resolve) => (arrive = resolve));
  const left = [];
  await tab.route("**/portal/", (route) => {
    left.push(route);
    return hold.then(() => route.continue());
  });
  const leaving = tab.waitForRequest("**/portal/");
  /* The page says it itself: who is on the way cannot be asked. */
  const emptied = tab.waitForEvent("console", (line) => line.text() === "nothing is left");
  await tab.evaluate(() => new MutationObserver(() => {
    if (!document.body.textContent) console.info("nothing is left");
  }).observe(document.body, { childList: true }));
  await tab.clock.runFor(95 * 1000);
  await leaving;
  ok(await emptied, "at the end nothing is left on the page");
  arrive();
  await tab.waitForURL("**/portal/");
  is(left.length, 1, "and it leaves for signing in, once");
  await tab.context().close();
}
{
  const tab = await open("/home/home/en?lifetime=840", { clock: true });
  const box = tab.locator("[data-idle]");
  portal.left = 900;
  await tab.clock.runFor(752 * 1000);
  await box.waitFor();
  ok(true, "warned before the longest time is over, though the session is used");
  const answered = tab.waitForResponse((response) => response.request().method() === "POST");
  await tab.keyboard.press("Enter");
  await (await answered).finished();
  await tab.clock.runFor(30 * 1000);
  ok(!(await box.isVisible()), "once: nothing makes it longer");
  const leaving = tab.waitForURL("**/portal/");
  portal.left = 0;
  await tab.clock.runFor(62 * 1000);
  await leaving;
  ok(true, "and at its end the page is left");
  await tab.context().close();
}
{
  const tab = await nearTheEnd(600);
  ok(!(await tab.locator("[data-idle]").isVisible()), "no warning when another window went on");
  await tab.context().close();
}

{
  const tab = await open("/home/home/en");
  const pass = (name) => tab.evaluate((name_) => window.dispatchEvent(new PageTransitionEvent(name_, { persisted: true })), name);
  await pass("pagehide");
  is(await tab.evaluate(() => document.body.textContent), "", "a page that the browser keeps is emptied when it is left");
  /* Loaded, not only asked for: Chromium does not always close a page that is on its way. */
  const again = [tab.waitForRequest("**/home/home/en"), tab.waitForEvent("load")];
  await pass("pageshow");
  ok((await Promise.all(again)).every(Boolean), "and asked for again when it comes back");
  await tab.context().close();
}

is(faults.join("\n"), "", "no fault of script and no breach of the content policy");
await browser.close();
server.close();
console.log(`1..${count}`);
process.exitCode = failed ? 1 : 0;
