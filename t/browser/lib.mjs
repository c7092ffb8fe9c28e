/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What browser tests share: a real server (t/lib/PortalTest.pm), Debian's Chromium, screenshots, axe, TAP.
 *
 *   import { start, finish, ok, is, section } from "./lib.mjs";
 *   const t = await start({ csv: "mrn,family,…" });      // options of PortalTest->start
 *   const page = await t.page();                          // a new browser context: phone 390, en
 *   await page.goto(t.url("/portal/login"));
 *   await t.accessible(page, "sign-in");                  // a test: axe finds nothing
 *   await t.shots(page, "sign-in");                       // at 390, 820 and 1440 px, into build/screenshots
 *   const [mail] = await t.mails(1);                      // waits for the first
 *   await finish(t);                                      // no process left, clean log, no page error; the plan
 */
import { spawn } from "node:child_process";
import { mkdirSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import path from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";

export const top = path.resolve(path.dirname(fileURLToPath(import.meta.url)), "../..");
export const build = path.resolve(top, process.env.BUILD || "build");
export const require = createRequire(`${build}/npm-test/`);
const { chromium } = require("playwright-core");
const axeSource = readFileSync(require.resolve("axe-core/axe.min.js"), "utf8");

export const widths = [390, 820, 1440];
const flags = [
  "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-dev-shm-usage",
  "--disable-background-networking", "--disable-component-update", "--disable-sync",
];

/* ---- TAP ---- */

let count = 0;
let failed = 0;

export function ok(holds, what, why = "") {
  count++;
  if (!holds) failed++;
  console.log(`${holds ? "ok" : "not ok"} ${count} - ${String(what).replace(/#/g, "\\#")}`);
  if (!holds) console.error(`# Failed: ${what}\n${String(why).replace(/^/gm, "#   ")}`);
  return Boolean(holds);
}

export function is(got, want, what) {
  return ok(got === want, what, `got      ${JSON.stringify(got)}\nexpected ${JSON.stringify(want)}`);
}

export function like(got, pattern, what) {
  return ok(pattern.test(got), what, `got ${JSON.stringify(got)}\nwhich does not match ${pattern}`);
}

/* A heading in the output, so that a failure is found. */
export function section(what) {
  console.log(`# ${what}`);
}

/* ---- the server ---- */

class Server {
  constructor() {
    this.child = spawn("perl", [path.join(top, "t/browser/server.pl")], {
      cwd: top, stdio: ["pipe", "pipe", "inherit"],
    });
    this.waiting = [];
    createInterface({ input: this.child.stdout }).on("line", (line) => this.waiting.shift()(JSON.parse(line)));
    this.child.on("exit", () => this.waiting.forEach((answer) => answer({ error: "the server's helper ended" })));
  }

  call(...words) {
    return new Promise((resolve, reject) => {
      this.waiting.push((answer) => (answer.error ? reject(new Error(answer.error)) : resolve(answer.value)));
      this.child.stdin.write(`${JSON.stringify(words)}\n`);
    });
  }

  end() {
    return new Promise((resolve) => {
      this.child.on("exit", resolve);
      this.child.stdin.end();
    });
  }
}

/* In the page: the words of common length that stand on two lines; letters among digits (a hash) are no word. */
function brokenWords() {
  const texts = document.createTreeWalker(document.querySelector("main"), NodeFilter.SHOW_TEXT);
  const range = document.createRange();
  const broken = [];
  for (let text = texts.nextNode(); text; text = texts.nextNode()) {
    for (const { 0: word, index } of text.data.matchAll(/[\p{L}\p{M}]{2,16}(?![\p{L}\p{M}\p{N}])/gu)) {
      if (/[\p{L}\p{M}\p{N}]/u.test(text.data.slice(index - 1, index)) || /\p{sc=Han}/u.test(word)) continue;
      range.setStart(text, index);
      range.setEnd(text, index + word.length);
      if (new Set([...range.getClientRects()].map((line) => Math.round(line.top))).size > 1) broken.push(word);
    }
  }
  return broken;
}

/* The binder of C-1 at the front desk, with access enabled, and what its patient is given there. */
class Binder {
  constructor(t, desk, id) { Object.assign(this, { t, desk, id }); }

  /* Does what the tab's menu says, and takes the password from the slip. */
  async secret(item) {
    await this.desk.goto(this.t.url(`/desk/binders/${this.id}/portal`));
    await this.desk.getByRole("button", { name: "Actions" }).click();
    await this.desk.getByRole("button", { name: item }).click();
    const confirm = this.desk.getByRole("button", { name: "Confirm" });
    if (await confirm.count()) await confirm.click();
    return this.desk.locator(".portal-secret").innerText();
  }

  /* Starts a session in the lobby on that page, which is in English. */
  async begin(page) {
    const code = await this.secret("Generate Lobby Password");
    await page.goto(this.t.url("/portal/lobby"));
    await page.getByLabel("Case number").fill("C-1");
    await page.getByLabel("Lobby password").fill(code);
    await page.getByRole("button", { name: "Start" }).click();
  }
}

/* One running portal with a browser. */
class Test {
  constructor(server, facts, browser) {
    Object.assign(this, { server, ...facts, browser, faults: [] });
    this.origin = facts.url;
    this.url = (where) => this.origin + where;
  }

  mails(atLeast = 0) { return this.server.call("mails", atLeast); }
  sql(query) { return this.server.call("sql", query); }
  portalctl(...words) { return this.server.call("portalctl", ...words); }
  clock(seconds) { return this.server.call("clock", seconds); }
  restart() { return this.server.call("restart"); }
  expectLog(...tags) { return this.server.call("expect", ...tags); }

  /* A page in a browser of its own. Options: width, language, desk ("frontdesk" or "nurse": signed in by Basic
   * authentication), and any of playwright's newContext. */
  async page({ width = 390, language = "en", desk, ...options } = {}) {
    const context = await this.browser.newContext({
      ignoreHTTPSErrors: true, locale: language, viewport: { width, height: 900 },
      ...(desk ? { httpCredentials: { username: desk, password: this.desk[desk] } } : {}),
      ...options,
    });
    const page = await context.newPage();
    this.watch(page);
    return page;
  }

  /* Enables the access of the one binder there is, with its one case as master case. */
  async binder() {
    const desk = await this.page({ desk: "frontdesk", width: 1440 });
    const [{ id }] = await this.sql("SELECT id FROM binder");
    const [{ id: master }] = await this.sql("SELECT id FROM patient_case");
    await desk.goto(this.url(`/desk/binders/${id}/portal/edit`));
    await desk.selectOption("[name=master_case]", master);
    await desk.getByLabel("Access Enabled").check();
    await desk.getByRole("button", { name: "OK", exact: true }).click();
    return new Binder(this, desk, id);
  }

  /* What a page complains about becomes a failed test at the end, unless `mayFail` names the status or text. */
  watch(page) {
    page.on("pageerror", (error) => this.faults.push(`${page.url()}: ${error.message}`));
    page.on("console", (message) => {
      if (message.type() === "error" && !/status of (?:4\d\d|503)/.test(message.text()))
        this.faults.push(`${page.url()}: ${message.text()}`);
    });
  }

  /* Presses a button or link that leads to another page, and is there: script may save first what is typed. */
  async follow(what) {
    const there = what.page().waitForEvent("load");
    await what.click();
    await there;
  }

  /* Submits a form from its review; where it asks for a signature, signs by name. */
  async submit(page, { submit = "Submit", sign = "Sign and submit" } = {}) {
    const asked = await page.locator("[name=sign_name]").count();
    if (asked) {
      await page.locator("[name=sign_name]").fill("Ann Doe");
      await page.locator("[name=sign_agree]").check();
    }
    await this.follow(page.getByRole("button", { name: asked ? sign : submit, exact: true }));
  }

  /* A test: axe-core finds nothing against WCAG 2.2 A and AA and its best practices. */
  async accessible(page, what) {
    await page.evaluate(axeSource);
    const { violations } = await page.evaluate(() => window.axe.run(document));
    return ok(violations.length === 0, `accessible: ${what}`,
      violations.map((v) => `${v.id}: ${v.help}\n${v.nodes.map((n) => `  ${n.html}`).join("\n")}`).join("\n"));
  }

  /* Screenshots at the three widths, build/screenshots/NAME-WIDTH.png; tests that nothing sticks out
   * sideways, and that no word breaks. */
  async shots(page, name) {
    const before = page.viewportSize();
    mkdirSync(`${build}/screenshots`, { recursive: true });
    for (const width of widths) {
      await page.setViewportSize({ width, height: width < 600 ? 844 : 900 });
      await page.screenshot({ path: `${build}/screenshots/${name}-${width}.png`, fullPage: true });
      const wide = await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
      ok(wide <= 0, `${name} fits in ${width} px`, `${wide} px too wide`);
      is((await page.evaluate(brokenWords)).join(" "), "", `${name} breaks no word in ${width} px`);
    }
    await page.setViewportSize(before);
  }
}

/* Starts a server and a browser. Options: those of PortalTest->start; browser: more of playwright's launch. */
export async function start({ browser = {}, ...options } = {}) {
  const server = new Server();
  try {
    const facts = await server.call("start", options);
    const { args = [], ...more } = browser;
    const chrome = await chromium.launch({
      executablePath: process.env.PORTAL_CHROMIUM || "/usr/bin/chromium", args: [...flags, ...args], ...more,
    });
    return new Test(server, facts, chrome);
  } catch (error) {
    await server.end();
    throw error;
  }
}

/* Ends browser and server, looks at what they left behind, and prints the plan. */
export async function finish(t) {
  await t.browser.close();
  ok(t.faults.length === 0, "no page threw an error or broke its content policy", t.faults.join("\n"));
  const { left, lines, crashes } = await t.server.call("finish");
  is(left, "", "no process is left");
  ok(lines.length === 0, "the error log holds only what was announced", lines.slice(0, 30).join("\n"));
  for (const line of crashes) console.log(`# crashed: ${line}`);
  await t.server.end();
  console.log(`1..${count}`);
  process.exitCode = failed ? 1 : 0;
}

/* A mistake in a test ends it at once, the server too (its input closes with us). */
process.on("unhandledRejection", (error) => {
  console.log(`Bail out! ${error?.message}`.split("\n")[0].replace("Bail out!", "not ok 0 - died:"));
  console.error(error);
  process.exit(1);
});
