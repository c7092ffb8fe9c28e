// SPDX-License-Identifier: Apache-2.0
/*
 * Our FHIRPath beside npm fhirpath (with its model of R4): the same expressions over the same resources
 * give the same. Three sources: t/fhirpath/expressions.txt, every operator between every two of a list
 * of values, and with samples (PORTAL_SAMPLES) the expressions of their forms. No value and an error
 * count as one: either leaves a form's item without an answer.
 */
import { spawnSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import path from "node:path";
import test from "node:test";
import assert from "node:assert/strict";

const require = createRequire(path.resolve("build/npm-test") + "/");
const fhirpath = require("fhirpath");
const r4 = require("fhirpath/fhir-context/r4");
const NOON = "2026-11-29T12:00:00.000Z";

// Where we differ on purpose.
const DIFFERS = new Map([
  ["1.005.round(2)", "half is half as it is written"],
  ["name.given.skip(-1)", "nothing is skipped"],
  ["-item.where(linkId='visits').answer.value", "a minus may stand before an answer"],
  ["@2021-01-31 + 1 'month'", "a word for a span may stand in quotes"],
  ["item.where(linkId='note').answer.value.matches('(?i)SWELL')", "PCRE2 has more than JavaScript"],
  ["(1 | 2) ~ (2 | 1)", "in any order, as FHIRPath has it"],
]);

class Frozen extends Date {
  constructor(...args) {
    super(...(args.length ? args : [NOON]));
  }
}

function theirs(resource, expression) {
  const real = globalThis.Date;
  globalThis.Date = Frozen;
  try {
    const values = fhirpath.evaluate(structuredClone(resource), expression, { resource, context: resource, loinc: "http://loinc.org", sct: "http://snomed.info/sct" }, r4, { async: false });
    return values.map((v) => (v?.constructor?.name?.startsWith("FP_") ? v.toString() : v));
  } catch (error) {
    return { error: String(error.message ?? error) };
  } finally {
    globalThis.Date = real;
  }
}

function ours(questions) {
  const run = spawnSync("build/t/tools/fhirpath", { input: questions.map((q) => JSON.stringify(q) + "\n").join(""), encoding: "utf8", maxBuffer: 1 << 28 });
  assert.equal(run.status, 0, run.stderr);
  return run.stdout.trimEnd().split("\n").map((line) => JSON.parse(line));
}

/* A quantity in words, a number to seven places, a moment in UTC; objects by their members. */
function plain(value) {
  if (typeof value === "number") return Math.abs(value) < 1e9 ? Math.round(value * 1e7) / 1e7 : Number(value.toPrecision(9));
  if (typeof value === "string" && /^\d{4}-..-..T..:..:.*(Z|[+-]..:..)$/.test(value)) return new Date(value).toISOString();
  if (typeof value === "string") return value.replace(/^(-?[\d.]+) '?([^' ]+?)'?$/, (all, n, unit) => `${Number(n)} ${unit.replace(/s$/, "")}`).replace(/^T(?=\d\d:)/, "");
  if (value && typeof value === "object" && "value" in value && "unit" in value && Object.keys(value).length === 2) return `${Number(value.value)} ${value.unit.replace(/s$/, "")}`;
  if (Array.isArray(value)) return value.map(plain);
  if (value && typeof value === "object") return Object.fromEntries(Object.keys(value).sort().map((k) => [k, plain(value[k])]));
  return value;
}

const nothing = (result) => !Array.isArray(result) || result.every((value) => value === null || value === -Infinity);
const same = (a, b) => (nothing(a) && nothing(b)) || (!nothing(a) && !nothing(b) && JSON.stringify(plain(a)) === JSON.stringify(plain(b)));

function compare(questions) {
  const results = ours(questions);
  assert.equal(results.length, questions.length);
  const wrong = [];
  questions.forEach((q, i) => {
    const other = theirs(q.resource, q.expression);
    const differs = !same(results[i], other);
    if (differs !== DIFFERS.has(q.expression)) wrong.push(`${q.expression}: ours ${JSON.stringify(results[i])}, theirs ${JSON.stringify(other)}`);
  });
  return wrong;
}

const resources = { none: {}, patient: JSON.parse(readFileSync("t/fhirpath/patient.json")), response: JSON.parse(readFileSync("t/fhirpath/response.json")) };

test("expressions of our own", () => {
  let resource;
  const questions = [];
  for (const line of readFileSync("t/fhirpath/expressions.txt", "utf8").split("\n")) {
    if (!line || line.startsWith("#")) continue;
    if (/^@\w+$/.test(line) && resources[line.slice(1)]) resource = resources[line.slice(1)];
    else questions.push({ expression: line, resource });
  }
  assert.ok(questions.length > 300, `${questions.length}`);
  assert.deepEqual(compare(questions), []);
});

test("every operator between every two values", () => {
  const values = ["1", "2", "-2", "0", "1.0", "2.5", "'a'", "'A b'", "''", "true", "false", "{}", "(1 | 2)", "('a' | 'b')", "@2020-01-31", "@2020", "@2020-01-31T10:00:00Z", "@T10:00:00", "3 'mg'"];
  const operators = ["+", "-", "*", "/", "div", "mod", "&", "|", "=", "!=", "~", "!~", "<", "<=", ">", ">=", "and", "or", "xor", "implies", "in", "contains"];
  const questions = [];
  for (const a of values) for (const o of operators) for (const b of values) {
    /* they know how many grams a milligram is; we calculate with quantities of one unit. A number is no date
       with them only when it stands on the right. */
    if (!(/[*/]/.test(o) && b === "3 'mg'") && !(/^!?=$/.test(o) && /^-?\d/.test(a) && b.startsWith("@"))) questions.push({ expression: `(${a}) ${o} (${b})`, resource: {} });
  }
  for (const a of values) for (const o of ["+", "-"]) for (const b of ["1 day", "2 months"]) questions.push({ expression: `${a} ${o} ${b}`, resource: {} });
  assert.ok(questions.length > 7000, `${questions.length}`);
  assert.deepEqual(compare(questions), []);
});

const samples = process.env.PORTAL_SAMPLES ? path.join(process.env.PORTAL_SAMPLES, "forms") : "";

test("expressions of the sample forms", { skip: existsSync(samples) ? false : "no samples" }, () => {
  const questions = [];
  const walk = (node, visit) => {
    if (!node || typeof node !== "object") return;
    visit(node);
    Object.values(node).forEach((one) => walk(one, visit));
  };
  for (const file of readdirSync(samples).filter((name) => name.endsWith(".json"))) {
    walk(JSON.parse(readFileSync(path.join(samples, file))), ({ valueExpression: e }) => {
      if (e?.language === "text/fhirpath" && !/%(?!resource|context)/.test(e.expression.replaceAll("%patient", "%context")))
        for (const resource of Object.values(resources)) questions.push({ expression: e.expression.replaceAll("%patient", "%context"), resource });
    });
  }
  assert.ok(questions.length > 100, `${questions.length}`);
  assert.deepEqual(compare(questions), []);
});
