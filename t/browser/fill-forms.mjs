/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Ten forms filled in by mouse and keyboard, as a patient does, with answers that follow their rules at random
 * (t/lib/PortalTest/Filler.pm), through to Submit: fill(with) tests that each page holds the questions that the server
 * asks now (with script also those that the last answer opened, and the scores, without going on), that the response
 * holds what was entered, nothing lost and nothing added, and that the judges find nothing against it.
 *
 *   await fill({ script: true });
 */
import { cpSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { finish, is, ok, section, start, top } from "./lib.mjs";

const samples = process.env.PORTAL_SAMPLES ? path.join(process.env.PORTAL_SAMPLES, "forms") : "";
const ours = ["conf/forms/medical-history", "conf/forms/registration", "conf/forms/consent-to-treatment", "conf/forms/phq-9",
  "t/forms/types", "t/forms/repeats"];
const others = samples
  ? ["lforms_ussg-fhp", "lforms_tables", "structor_Hdir_mental_abc-nb-NO-v0.08", "smartforms_CVD-Risk-2023"].map((name) => path.join(samples, name))
  : ["conf/forms/insurance", "conf/forms/audit-c", "t/forms/scores", "t/forms/looks"];
const seed = Number(process.env.PORTAL_FORMS_SEED || 1);

/* In the page: the names of its questions, and what stands where nobody types. */
function standing() {
  const names = new Set();
  const said = {};
  const nodes = document.querySelector("[data-paper-nodes]");
  for (const control of nodes.querySelectorAll("input, select, textarea"))
    names.add(control.name.replace(/\.(?:day|month|year|time|unit|other)$/, ""));
  for (const one of nodes.querySelectorAll(".nhsuk-form-group[id]"))
    said[one.id.slice(6)] = [...one.querySelectorAll(".portal-form-text")].map((words) => words.textContent.trim()).join("|");
  return JSON.stringify([[...names].sort(), Object.entries(said).sort()]);
}

/* The same of the server's answer. */
function asked(view) {
  const names = [];
  const said = {};
  const walk = (nodes) => nodes.forEach((node) => {
    if (node.is_static) said[node.name] = (node.answers || []).map((one) => one.text).join("|");
    else if (!node.is_group && !node.is_display) names.push(node.name);
    if (node.nodes) walk(node.nodes);
  });
  walk(view.nodes);
  return JSON.stringify([names.sort(), Object.entries(said).sort()]);
}

/* ---- one answer ---- */

/* The first keys one by one, the others at once. */
async function type(box, words) {
  await box.click();
  await box.press("ControlOrMeta+a");
  await box.pressSequentially(String(words).slice(0, 4));
  await box.page().keyboard.insertText(String(words).slice(4));
  await box.press("Tab");
}

async function tick(page, name, values) {
  for (const box of await page.locator(`input[type=checkbox][name="${name}"]`).all())
    await box.setChecked(values.includes(await box.getAttribute("value")));
}

/* Several words: a box each, which "Add another" gives where there is none. */
async function each(page, name, words) {
  const boxes = page.locator(`input[name="${name}"]`);
  for (const [i, one] of words.entries()) {
    if ((await boxes.count()) <= i) await page.locator(`button[name=add][value="${name}"]`).click();
    await type(boxes.nth(i), one);
  }
}

async function answer(page, name, value) {
  const controls = page.locator(`[data-paper-nodes] :is(input, select, textarea)[name="${name}"]:not([type=hidden])`);
  const control = controls.first();
  const kind = await control.evaluate((one) => one.type);
  if (kind === "radio") await controls.and(page.locator(`[value="${value}"]`)).check();
  else if (kind === "checkbox") await tick(page, name, [value].flat().map(String));
  else if (kind === "select-one") await control.selectOption(String(value));
  else if (Array.isArray(value)) await each(page, name, value);
  else await type(control, value);
}

/* ---- one form ---- */

/* What the server shows of the page now. */
async function viewOf(page) {
  const got = await page.request.get(page.url(), { headers: { Accept: "application/json" } });
  return got.json();
}

async function onePage(t, page, filler, script) {
  let view = await viewOf(page);
  for (let round = 0; round < 6; round++) {
    const [there, wanted] = [await page.evaluate(standing), asked(view)];
    if (there !== wanted) return `page ${view.number}: ${there}, not ${wanted}`;
    const fields = await t.server.call("fields", filler, view);
    for (const [name, value] of fields) await answer(page, name, value);
    if (!script || !view.live || !fields.length) break;
    await page.locator("form[data-paper]:not([data-unsaved])").waitFor();
    view = await viewOf(page);
  }
  const more = await t.server.call("more", filler, view);
  await t.follow(more ? page.locator(`button[name=add][value="${more}"]`)
    : page.getByRole("button", { name: "Save and continue" }));
  const refused = page.locator(".nhsuk-error-summary");
  return (await refused.count()) ? `page ${view.number}: ${await refused.innerText()}` : "";
}

async function oneForm(t, page, form, script) {
  const name = path.basename(form);
  const [id, filler] = await t.server.call("assign", `${path.resolve(top, form)}.json`, name, seed);
  const wrong = [];
  await page.goto(t.url(`/portal/paperwork/${id}`));
  for (let i = 0; i < 80 && !page.url().endsWith("/review") && !wrong.length; i++)
    wrong.push(...[await onePage(t, page, filler, script)].filter((one) => one));
  ok(!wrong.length, `${name}: each page asks what the server asks, and takes the answers`, wrong.join("\n"));
  if (wrong.length) return "";
  await t.submit(page);
  ok(/done=submitted$/.test(page.url()), `${name}: submitted`, await page.locator("main").innerText());
  const { file, otherwise } = await t.server.call("sent", filler, id);
  is(otherwise, "", `${name}: nothing is lost, nothing added`);
  return file;
}

export async function fill({ script }) {
  const folder = mkdtempSync(path.join(tmpdir(), "portal-forms-"));
  for (const form of [...ours, ...others]) cpSync(`${path.resolve(top, form)}.json`, path.join(folder, `${path.basename(form)}.json`));
  const t = await start({
    csv: "mrn,family,given,birth_date,email,case_number,case_title\n1,Doe,Ann,1970-01-02,,C-1,Knee\n",
    forms: folder, default_forms: "", portal: { PortalLobbyFrom: "127.0.0.0/8" },
  });
  rmSync(folder, { recursive: true });
  const page = await t.page({ width: 820, javaScriptEnabled: script });
  await (await t.binder()).begin(page);
  const files = [];
  for (const form of [...ours, ...others]) {
    section(path.basename(form));
    files.push(await oneForm(t, page, form, script));
  }
  is((await t.server.call("complaints", files.filter((file) => file))).join("\n"), "", "the judges find nothing");
  await finish(t);
}
