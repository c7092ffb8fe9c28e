/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What only a browser shows of an attack: another site that signs a patient in or out and frames a page, and a
 * tablet that loses its power in the middle of a form. (security.md CS4, CS6, LB12)
 */
import { spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import path from "node:path";
import { start, finish, is, like, ok, require, section } from "./lib.mjs";

const { chromium } = require("playwright-core");
const t = await start({
  portal: { PortalLobbyFrom: "127.0.0.0/8" },
  default_forms: "registration",
  csv: "mrn,family,given,birth_date,email,case_number\n1,Doe,Ann,1980-01-02,,C-1\n",
});
const binder = await t.binder();
const code = await binder.secret("Register Patient");

/* ---- another site ---- */

section("another site");
const portal = t.url("/portal");
const pages = {
  "/out": `<form method="post" action="${portal}/logout"></form>`,
  "/in": `<form method="post" action="${portal}/login"><input name="case_number" value="C-1"><input name="password" value="x"></form>`,
  "/frame": `<iframe src="${portal}/login" width="600" height="400"></iframe>`,
};
const evil = createServer((request, response) => {
  response.setHeader("Content-Type", "text/html");
  response.end(`<!doctype html><title>evil</title>${pages[request.url] ?? ""}`);
});
await new Promise((done) => evil.listen(0, "127.0.0.1", done));
const site = `http://localhost:${evil.address().port}`;

const page = await t.page();
await page.goto(t.url("/portal/login"));
await page.getByLabel("Case number").fill("C-1");
await page.getByLabel("Password", { exact: true }).fill(code);
await page.getByRole("button", { name: "Sign in" }).click();
like(page.url(), /\/portal\/password/, "signed in");
const cookies = async (of) => (await of.context().cookies(portal)).map((c) => `${c.name}=${c.value}`).sort().join(" ");
const before = await cookies(page);

/* Submits the form of a page there; the answer. */
async function from(there, of) {
  await of.goto(site + there);
  const [answer] = await Promise.all([of.waitForResponse((r) => r.request().method() === "POST"), of.waitForNavigation(),
    of.evaluate(() => document.forms[0].submit())]);
  return answer.status();
}

/* Lax cookies do not go with it: whoever asks is nobody, and is shown the way in. */
ok([303, 403].includes(await from("/out", page)), "CS4: another site's form is not taken");
is(Number((await t.sql("SELECT COUNT(*) AS n FROM session"))[0].n), 1, "CS4: it signs nobody out");
await page.goto(t.url("/portal/password"));
like(page.url(), /\/portal\/password/, "CS4: who is still signed in");
is(await cookies(page), before, "CS4: with the same cookies");
const stranger = await t.page();
is(await from("/in", stranger), 403, "CS4: and signs nobody in");
ok(!/__Host-portal=/.test(await cookies(stranger)), "CS4: there is no session");

const framed = await t.browser.newPage({ ignoreHTTPSErrors: true });
await framed.goto(`${site}/frame`);
await framed.waitForFunction(() => document.querySelector("iframe").contentDocument === null);
const inside = framed.frames().find((frame) => frame !== framed.mainFrame());
await inside.waitForURL(/chrome-error:/);
is(await inside.locator("input").count(), 0, "CS6: a frame elsewhere shows nothing of a page");
evil.close();

/* ---- power ---- */

section("a tablet that loses its power");
const profile = mkdtempSync(path.join(tmpdir(), "portal-tablet-"));

/* Chromium with the profile of the tablet; killed, it has no time to tidy up. */
async function tablet() {
  const program = spawn("/usr/bin/chromium", ["--headless=new", "--no-sandbox", "--disable-gpu", "--no-first-run", "--ignore-certificate-errors",
    "--disable-dev-shm-usage", "--lang=en", "--remote-debugging-port=0", `--user-data-dir=${profile}`, "about:blank"], { detached: true, stdio: ["ignore", "ignore", "pipe"] });
  const address = await new Promise((found, failed) => {
    let said = "";
    program.stderr.on("data", (bytes) => {
      said += bytes;
      const match = /DevTools listening on (ws:\S+)/.exec(said);
      if (match) found(match[1]);
    });
    program.on("exit", () => failed(new Error(said)));
  });
  const browser = await chromium.connectOverCDP(address);
  const context = browser.contexts()[0];
  return {
    page: context.pages()[0] ?? (await context.newPage()),
    async pull() {
      const gone = new Promise((done) => program.on("exit", done));
      process.kill(-program.pid, "SIGKILL");
      await gone;
      await browser.close().catch(() => {});
    },
  };
}

let now = await tablet();
try {
  await binder.begin(now.page);
  like(now.page.url(), /\/portal\/paperwork/, "in the lobby");
  await now.page.locator("main a[href*='/paperwork/']").first().click();
  const field = now.page.locator("main input[type=text], main textarea").first();
  await field.fill("canary of a tablet");
  await now.pull();

  now = await tablet();
  await now.page.goto(t.url("/portal/lobby"));
  const kept = await now.page.evaluate(async () => JSON.stringify([{ ...localStorage }, { ...sessionStorage }, await indexedDB.databases(), await caches.keys(), document.cookie]));
  is(kept, '[{},{},[],[],""]', "LB12: nothing lies in the browser");
  await now.page.goto(t.url("/portal/paperwork"));
  like(now.page.url(), /\/portal\/(?:lobby|login)/, "LB12: the visit is not gone on with");
  ok(!(await now.page.content()).includes("canary of a tablet"), "LB12: and nothing is shown of it");
  await binder.begin(now.page);
  like(now.page.url(), /\/portal\/paperwork/, "LB12: a fresh lobby password goes on");
} finally {
  await now.pull().catch(() => {});
  rmSync(profile, { recursive: true, force: true, maxRetries: 20 });
}
await finish(t);
