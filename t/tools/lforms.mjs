// SPDX-License-Identifier: Apache-2.0
/*
 * usage: node t/tools/lforms.mjs BUILD QUESTIONNAIRE FOLDER-OF-VALUESETS RESPONSE...
 *
 * Judges completed QuestionnaireResponses by LForms of the National Library of Medicine, a renderer that knows nothing of
 * ours: it loads the form, merges each response, checks it and gives it back; the first twenty, and the last, it also shows
 * in Chromium, and works out their scores and conditions. Prints a line for all that it objects to, lost or added, and at
 * last how many it judged. Where a file RESPONSE.asked says how often each question was asked, at least and at most
 * ({linkId: [1, 2]}), what it asks for is held against that.
 *
 * What LForms would ask a terminology server for, or reads in its own way only, is told in its words first, on both sides
 * alike (rules of ../shared/paperwork.md, section 5):
 *   a value set        as answerOption; one that nobody has as an open-choice without options (17)
 *   an option          that is none, as a Coding, for it reads a choice's answer as nothing else (6)
 *   a condition        as enableWhenExpression, where it compares nothing (dates, times, quantities with their units, more
 *                      or less of words), or one answer of several (12), or would look at what an expression hides (11)
 * Where it is known to differ from FHIR, it is not asked:
 *   url, reference     it has no such types (6); and we ask no attachments, no choices without
 *                      options (17), and no scores in CQL
 *   a required group   it wants a value of the group itself (9)
 *   items under several answers of a choice   it does not read such a response (4)
 *   several first answers  leave a place of their own beside those that were given (18)
 *   required           its check wants a value of what is hidden, and under a question without answer (9)
 *   a condition within what repeats  of those kinds that it would have to be told: it finds the nearest question for
 *                      itself only, and of later ones takes that of another repetition (15). A form that has such a
 *                      condition is not for it
 *   an expression in a group under a question  finds nothing there, and hides what it should not
 *   limits of dates    it compares numbers only (16)
 *   a time             its check knows none with seconds, which FHIR demands (19)
 *   a dateTime         comes back as the same moment in UTC (7); so give TZ=UTC
 *   an option's score  comes along with its Coding; FHIR leaves it at the option (17)
 *   scores of a form whose value set nobody has: we do not work them out, it does, without those answers (17)
 */
import { existsSync, readFileSync, readdirSync } from "node:fs";
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
const beside = readdirSync(setFolder).filter((name) => name.endsWith(".json")).map((name) => read(path.join(setFolder, name)));
const sets = [
  ...(form.contained ?? []).map((set) => [`#${set.id}`, set]), ...beside.map((set) => [set.url, set]),
].filter(([, set]) => set.resourceType === "ValueSet");
const systems = new Map(beside.filter((one) => one.resourceType === "CodeSystem").map((one) => [one.url, one.concept]));

function options_of(url) {
  const [, set] = sets.find(([name]) => name === url.replace(/\|.*/, "")) ?? [];
  const listed = set?.expansion?.contains ?? set?.compose?.include.flatMap((part) =>
    (part.concept ?? systems.get(part.system) ?? []).map((concept) => ({ ...concept, system: part.system })));
  return listed?.map(({ system, code, display, extension }) => ({ extension, valueCoding: { system, code, display } })) ?? [];
}

const as_coding = (value) => ({ code: String(value), display: String(value) });
const written = new Map();  /* by linkId: the options of a choice that are no Codings */
let unbound = false;        /* a value set is not at hand */
const types = new Map();

/* The name of a value that is no Coding. */
const bare = (element, of) => Object.keys(element).find((name) => new RegExp(`^${of}(String|Integer|Date|Time)$`).test(name));

function tell_as_coding(element, of) {
  const name = bare(element, of);
  element[`${of}Coding`] = as_coding(element[name]);
  delete element[name];
}

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
  const options = item.answerOption?.filter((option) => bare(option, "value")) ?? [];
  if (/choice$/.test(item.type) && options.length) {
    written.set(item.linkId, new Set(options.map((option) => option[bare(option, "value")])));
    for (const option of options) tell_as_coding(option, "value");
  }
  item.item?.forEach(told);
}

function told_conditions(item) {
  for (const when of item.enableWhen ?? [])
    if (written.has(when.question) && bare(when, "answer")) tell_as_coding(when, "answer");
  item.item?.forEach(told_conditions);
}

/* ---- conditions that LForms reads in its own way only ---- */

const ENABLES = "http://hl7.org/fhir/uv/sdc/StructureDefinition/sdc-questionnaire-enableWhenExpression";
const compared = /^(boolean|integer|decimal|string|text|choice)$/;  /* by itself */
const places = new Map();  /* by linkId: the item, those above it, whether it stands in one place only */

function place(item, above = [], alone = true) {
  places.set(item.linkId, { item, above, alone });
  item.item?.forEach((under) => place(under, [...above, item], alone && !item.repeats));
}

const has_expression = (item) => item.extension?.some((one) => one.url === ENABLES);
const quoted = (text) => `'${text.replace(/[\\']/g, "\\$&")}'`;

function literal([name, value]) {
  if (name === "answerCoding" && !value.code) return [".where($this is Coding)", `code.empty() and display = ${quoted(value.display)}`];
  if (name === "answerCoding") return [".where($this is Coding)", `code = ${quoted(value.code)} and ${value.system ? `system = ${quoted(value.system)}` : "system.empty()"}`];
  if (name === "answerQuantity") return [`.where(code = ${quoted(value.code)}).value`, value.value];
  if (/Date/.test(name)) return ["", `@${value}`];
  return ["", name === "answerTime" ? `@T${value}` : typeof value === "string" ? quoted(value) : String(value)];
}

function as_expression({ question, operator, ...answer }) {
  const values = `%resource.descendants().where(linkId = ${quoted(question)}).answer.value`;
  const [part, wanted] = literal(Object.entries(answer)[0]);
  const holds = (op) => `${values}${part}.where(${/^code[ .]/.test(wanted) ? wanted : `$this ${op} ${wanted}`}).exists()`;
  if (operator === "exists") return answer.answerBoolean ? `${values}.exists()` : `${values}.empty()`;
  return operator === "!=" ? `${holds("=")}.not()` : holds(operator);
}

/* It does not compare what it has no words for, sees one answer of several, and has an item that an expression hides
 * still answered. */
function misread({ question, operator, ...answer }) {
  const { item, above, alone } = places.get(question);
  if (!alone) return false;
  if ([item, ...above].some(has_expression)) return true;
  if (operator === "exists") return false;
  return !compared.test(item.type) || (item.repeats && (!item.answerOption || item.item))
    || (/^(string|text)$/.test(item.type) && /[<>]/.test(operator)) || answer.answerString !== undefined && item.type === "open-choice";
}

function told_expressions(item) {
  if (item.enableWhen?.some(misread)) {
    const words = item.enableWhen.map(as_expression).join(item.enableBehavior === "all" ? " and " : " or ");
    item.extension = [...(item.extension ?? []), { url: ENABLES, valueExpression: { language: "text/fhirpath", expression: words } }];
    delete item.enableWhen;
  }
  item.item?.forEach(told_expressions);
}

/* Its check asks for a value of what an expression hides, too, of what is never shown, and under a question that has no
 * answer. */
const is_hidden = (item) => item.extension?.some((one) => /questionnaire-hidden$/.test(one.url) && one.valueBoolean);

function excuse_hidden(item, hidden) {
  const is_excused = hidden || has_expression(item) || is_hidden(item);
  if (is_excused) excused.push(`${item.text} requires a value`);
  item.item?.forEach((under) => excuse_hidden(under, is_excused || item.type !== "group"));
}

function told_answers(item) {
  for (const answer of item.answer ?? []) {
    if (written.get(item.linkId)?.has(answer[bare(answer, "value")])) tell_as_coding(answer, "value");
    answer.item?.forEach(told_answers);
  }
  item.item?.forEach(told_answers);
}

/* ---- what it gave back, and what it objects to ---- */

const scores = new Set();  /* linkIds of what is worked out */
const unknown = (linkId) => /^(url|reference|attachment|none)$/.test(types.get(linkId)) || (unbound && scores.has(linkId));
/* A group that holds nothing but such answers is none there, either. */
const is_known = (item) => !unknown(item.linkId) && (!item.item?.length || item.item.some(is_known));
const in_order = (value) => (value && typeof value === "object"
  ? `{${Object.keys(value).sort().map((key) => `${key}: ${in_order(value[key])}`).join(", ")}}` : JSON.stringify(value));

function lines(items, at = "") {
  return (items ?? []).filter(is_known).flatMap((item) => {
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

/* What it says where it is not asked. */
const excused = ["refused: item.answer.item with item.answer.length > 1 is not yet supported"];

/* The portal asks no choice without options, and no score in a language other than FHIRPath. */
const is_left_out = (item) => (item.type === "choice" && !item.answerOption && !item.answerValueSet)
  || item.extension?.some((one) => /(calculated|enableWhen)Expression$/.test(one.url) && one.valueExpression?.language !== "text/fhirpath");

function excuse(item) {
  types.set(item.linkId, is_left_out(item) ? "none" : item.type);
  if (item.required && item.initial?.length > 1) excused.push(`${item.text} requires a value`);
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

/* What the portal asked for, by FILE.asked, and what LForms asks for. */
function compare_asked(file, asked) {
  if (!existsSync(`${file}.asked`)) return;
  const ours = read(`${file}.asked`);
  const theirs = asked.reduce((of, linkId) => of.set(linkId, (of.get(linkId) ?? 0) + 1), new Map());
  for (const linkId of new Set([...Object.keys(ours), ...theirs.keys()])) {
    const [least, most] = ours[linkId] ?? [0, 0];
    const count = theirs.get(linkId) ?? 0;
    if (!unknown(linkId) && (count < least || count > most))
      complain(file, `${linkId} is asked ${count} times, not ${least}${most > least ? ` to ${most}` : ""}`);
  }
}

/* In the page: shown, checked, given back. */
async function show([questionnaire, response, in_sight]) {
  const { Util, LFormsData } = window.LForms;
  const answered = (item) => item.value !== undefined && item.value !== null && item.value !== "" && item.value.length !== 0;
  const is_question = (item) => !/^(SECTION|TITLE)$/.test(item.dataType);
  /* Nothing is asked under a question without an answer, and nobody looks at a score that is none. */
  const is_asked = (data, item) => {
    if (item._readOnly && !answered(item)) return false;
    for (let one = item; one?.linkId; one = one._parentItem)
      if (data.isItemHidden(one) || (one !== item && is_question(one) && !answered(one))) return false;
    return true;
  };
  /* Each answer of a repeating question is an item of its own there. */
  const asked_in = (data) => {
    const places = data.itemList.filter((item) => is_question(item) && is_asked(data, item))
      .map((item) => [`${item.linkId} ${item._parentItem?._elementId}`, item.linkId]);
    return [...new Map(places).values()];
  };
  const place = document.createElement("div");
  document.body.append(place);
  try {
    const merged = Util.mergeFHIRDataIntoLForms(response, Util.convertFHIRQuestionnaireToLForms(questionnaire, "R4"), "R4");
    if (!in_sight) {
      const data = new LFormsData(merged);
      return { objections: data.checkValidity() ?? [], back: Util.getFormFHIRData("QuestionnaireResponse", "R4", data) };
    }
    await Util.addFormToPage(merged, place, { prepopulate: false });
    const asked = asked_in(place.querySelector("wc-lhc-form").lhcFormData);
    return { shown: place.innerText.length, asked, objections: Util.checkValidity(place) ?? [],
             back: Util.getFormFHIRData("QuestionnaireResponse", "R4", place) };
  } catch (error) {
    return { objections: [error].flat().map((one) => `refused: ${one?.message ?? one}`) };
  } finally {
    Util.removeFormsFromPage(place);
    place.remove();
  }
}

async function judge(page, file, in_sight) {
  const response = read(file);
  response.item?.forEach(told_answers);
  const { shown, asked, objections, back } = await page.evaluate(show, [form, response, in_sight]);
  for (const objection of objections)
    if (!excused.some((words) => objection.startsWith(words))) complain(file, objection);
  if (back) compare(file, response, back);
  if (back && asked) compare_asked(file, asked);
  if (back && in_sight && !shown) complain(file, "nothing was shown");
}

/* A page with LForms in it, and so many that it shows; what it has shown stays in its memory. */
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
form.item.forEach((item) => place(item));
form.item.forEach(told_expressions);
form.item.forEach((item) => excuse_hidden(item, false));
const browser = await chromium.launch({
  executablePath: process.env.PORTAL_CHROMIUM || "/usr/bin/chromium", args: ["--headless=new", "--no-sandbox", "--disable-gpu"],
});
let page;
for (const [i, file] of files.entries()) {
  if (i % (MANY * 5) === 0) {
    await page?.close();
    page = await open_page(browser);
  }
  await judge(page, file, i < MANY || i === files.length - 1);
}
await browser.close();
console.log(`judged ${files.length}`);
