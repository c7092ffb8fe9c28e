// SPDX-License-Identifier: Apache-2.0
/*
 * usage: node t/tools/lforms.mjs BUILD QUESTIONNAIRE FOLDER-OF-VALUESETS RESPONSE...
 *
 * Judges completed QuestionnaireResponses by LForms of the National Library of Medicine, a renderer that knows nothing of
 * ours: it loads the form, merges each response, shows it in Chromium, works out its scores and conditions, checks it,
 * and gives it back. Prints a line for all that it objects to, lost or added, and at last how many it judged.
 *
 * What LForms would ask a terminology server for, or reads in its own way only, is told in its words first, on both sides
 * alike (rules of ../shared/paperwork.md, section 5):
 *   a value set        as answerOption; one that nobody has as an open-choice without options (17)
 *   a string option    as a Coding, for it reads a choice's answer as nothing else (6)
 * Where it is known to differ from FHIR, it is not asked:
 *   url, reference     it has no such types (6)
 *   a required group   it wants a value of the group itself (9)
 *   limits of dates    it compares numbers only (16)
 *   a time             its check knows none with seconds, which FHIR demands (19)
 *   a dateTime         comes back as the same moment in UTC (7); so give TZ=UTC
 *   an option's score  comes along with its Coding; FHIR leaves it at the option (17)
 *   scores of a form whose value set nobody has: we do not work them out, it does, without those answers (17)
 */
import { readFileSync, readdirSync } from "node:fs";
import { createRequire } from "node:module";
import path from "node:path";

const [build, formFile, setFolder, ...files] = process.argv.slice(2);
const require = createRequire(path.resolve(build, "npm-test") + "/");
const { chromium } = require("playwright-core");
const lforms = path.resolve(build, "npm-lforms/node_modules");
const scripts = ["zone.js/bundles/zone.umd.min.js", "lforms/dist/lforms/webcomponent/lhc-forms.js", "lforms/dist/fhir/R4/lformsFHIR.js"];

const read = (file) => JSON.parse(readFileSync(file, "utf8"));

/* ---- a form and its answers in LForms' words ---- */

const form = read(formFile);
const sets = [
  ...(form.contained ?? []).map((set) => [`#${set.id}`, set]),
  ...readdirSync(setFolder).filter((name) => name.endsWith(".json")).map((name) => read(path.join(setFolder, name)))
    .map((set) => [set.url, set]),
].filter(([, set]) => set.resourceType === "ValueSet");

function options_of(url) {
  const [, set] = sets.find(([name]) => name === url.replace(/\|.*/, "")) ?? [];
  const listed = set?.expansion?.contains ?? set?.compose?.include.flatMap((part) =>
    (part.concept ?? []).map(({ code, display }) => ({ system: part.system, code, display })));
  return listed?.map(({ system, code, display }) => ({ valueCoding: { system, code, display } })) ?? [];
}

const as_coding = (text) => ({ code: text, display: text });
const strings = new Map();  /* by linkId: the string options of a choice */
let unbound = false;        /* a value set is not at hand */
const types = new Map();

function told(item) {
  if (item.answerValueSet) {
    item.answerOption = options_of(item.answerValueSet);
    delete item.answerValueSet;
    if (!item.answerOption.length) {
      unbound = true;
      item.type = "open-choice";
      delete item.answerOption;
    }
  }
  const written = item.answerOption?.filter((option) => option.valueString !== undefined) ?? [];
  if (/choice$/.test(item.type) && written.length)
    strings.set(item.linkId, new Set(written.map((option) => option.valueString)));
  for (const option of strings.has(item.linkId) ? written : []) {
    option.valueCoding = as_coding(option.valueString);
    delete option.valueString;
  }
  item.item?.forEach(told);
}

function told_conditions(item) {
  for (const when of item.enableWhen ?? [])
    if (strings.has(when.question) && when.answerString !== undefined) {
      when.answerCoding = as_coding(when.answerString);
      delete when.answerString;
    }
  item.item?.forEach(told_conditions);
}

function told_answers(item) {
  for (const answer of item.answer ?? []) {
    if (strings.get(item.linkId)?.has(answer.valueString)) {
      answer.valueCoding = as_coding(answer.valueString);
      delete answer.valueString;
    }
    answer.item?.forEach(told_answers);
  }
  item.item?.forEach(told_answers);
}

/* ---- what it gave back, and what it objects to ---- */

const scores = new Set();  /* linkIds of what is worked out */
const unknown = (linkId) => /^(url|reference)$/.test(types.get(linkId)) || (unbound && scores.has(linkId));
const in_order = (value) => (value && typeof value === "object"
  ? `{${Object.keys(value).sort().map((key) => `${key}: ${in_order(value[key])}`).join(", ")}}` : JSON.stringify(value));

function lines(items, at = "") {
  return (items ?? []).filter((item) => !unknown(item.linkId)).flatMap((item) => {
    const here = `${at}/${item.linkId}`;
    const answers = (item.answer ?? []).flatMap(({ item: under, ...answer }) => {
      const [[name, value]] = Object.entries(answer);
      const same = name === "valueDateTime" ? new Date(value).toISOString() : value;
      if (name === "valueCoding") delete value.extension;
      return [`${here} ${name} ${in_order(same)}`, ...lines(under, here)];
    });
    return [`${here} ${item.text ?? ""}`, ...answers, ...lines(item.item, here)];
  });
}

const excused = [];  /* what its check says where it is not asked */

function excuse(item) {
  types.set(item.linkId, item.type);
  if (item.extension?.some((one) => /calculatedExpression$/.test(one.url))) scores.add(item.linkId);
  if (item.required && (item.type === "group" || unknown(item.linkId)))
    excused.push(`${item.text} requires a value`);
  if (item.type === "time") excused.push(`${item.text} must be a time value.`);
  if (/^(date|time)/.test(item.type))
    excused.push(`${item.text} must be a value greater than or equal to`, `${item.text} must be a value less than or equal to`);
  item.item?.forEach(excuse);
}

const complain = (file, text) => console.log(`${path.basename(file)}: lforms: ${text}`);

function compare(file, response, back) {
  const [ours, theirs] = [lines(response.item), lines(back.item)];
  const lost = ours.filter((line) => !theirs.includes(line));
  const added = theirs.filter((line) => !ours.includes(line));
  for (const line of lost) complain(file, `lost ${line}`);
  for (const line of added) complain(file, `added ${line}`);
  if (!lost.length && !added.length && ours.join("\n") !== theirs.join("\n")) complain(file, "another order");
}

/* In the page: shown, checked, given back. */
async function show([questionnaire, response]) {
  const { Util } = window.LForms;
  const place = document.createElement("div");
  document.body.append(place);
  try {
    const merged = Util.mergeFHIRDataIntoLForms(response, Util.convertFHIRQuestionnaireToLForms(questionnaire, "R4"), "R4");
    await Util.addFormToPage(merged, place, { prepopulate: false });
    return { shown: place.innerText.length, objections: Util.checkValidity(place) ?? [],
             back: Util.getFormFHIRData("QuestionnaireResponse", "R4", place) };
  } catch (error) {
    return { objections: [error].flat().map((one) => `refused: ${one?.message ?? one}`) };
  } finally {
    Util.removeFormsFromPage(place);
    place.remove();
  }
}

async function judge(page, file) {
  const response = read(file);
  response.item?.forEach(told_answers);
  const { shown, objections, back } = await page.evaluate(show, [form, response]);
  for (const objection of objections)
    if (!excused.some((words) => objection.startsWith(words))) complain(file, objection);
  if (back) compare(file, response, back);
  if (back && !shown) complain(file, "nothing was shown");
}

/* A page with LForms in it; what it has shown stays in its memory, so that one page serves for so many only. */
const MANY = 20;

async function open_page(browser) {
  const page = await browser.newPage();
  page.on("pageerror", (error) => complain(formFile, `died: ${error}`));
  for (const script of scripts) await page.addScriptTag({ path: path.join(lforms, script) });
  return page;
}

excuse(form);
form.extension = form.extension?.filter((one) => !/x-fhir-query/.test(one.valueExpression?.language));
form.item.forEach(told);
form.item.forEach(told_conditions);
const browser = await chromium.launch({
  executablePath: process.env.PORTAL_CHROMIUM || "/usr/bin/chromium", args: ["--headless=new", "--no-sandbox", "--disable-gpu"],
});
let page;
for (const [i, file] of files.entries()) {
  if (i % MANY === 0) {
    await page?.close();
    page = await open_page(browser);
  }
  await judge(page, file);
}
await browser.close();
console.log(`judged ${files.length}`);
