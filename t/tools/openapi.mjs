/* SPDX-License-Identifier: Apache-2.0 */
/*
 * usage: openapi.mjs NPM-FOLDER conf/openapi.yaml < ANSWERS
 *
 * Judges the description of the addresses by npm's @seriousme/openapi-schema-validator, and real answers by what it
 * says of them. ANSWERS: a JSON array of {name, path, method, status, body}; path as in the description. One line
 * a fault; nothing when all is well.
 */
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import path from "node:path";

const [folder, file] = process.argv.slice(2);
const require = createRequire(path.resolve(folder, "x.js"));
const { Validator } = await import(require.resolve("@seriousme/openapi-schema-validator"));
const Ajv = require("ajv/dist/2020.js").default;
const formats = require("ajv-formats").default;
const { parse } = require("yaml");

const api = parse(readFileSync(file, "utf8"));
const judged = await new Validator().validate(structuredClone(api));
if (!judged.valid) console.log(`${file}: ${JSON.stringify(judged.errors).slice(0, 2000)}`);

const ajv = new Ajv({ strict: false, allErrors: true });
formats(ajv);
ajv.addSchema(api, "api");

function schemaOf({ path: address, method, status }) {
  const operation = api.paths[address]?.[method.toLowerCase()];
  if (!operation) return `${method} ${address} is not described`;
  let answer = operation.responses[status];
  if (!answer) return `${method} ${address}: ${status} is not described`;
  if (answer.$ref) answer = api.components.responses[answer.$ref.split("/").pop()];
  return Object.values(answer.content ?? {})[0]?.schema ?? true;
}

/* References within the description are looked for from its top. */
const absolute = (schema) => JSON.parse(JSON.stringify(schema).replaceAll('"#/', '"api#/'));

for (const answer of JSON.parse(readFileSync(0, "utf8"))) {
  const schema = schemaOf(answer);
  if (typeof schema === "string") {
    console.log(`${answer.name}: ${schema}`);
    continue;
  }
  if (schema === true) continue;
  const validate = ajv.compile(absolute(schema));
  if (!validate(answer.body))
    for (const e of validate.errors.slice(0, 5))
      console.log(`${answer.name}: ${e.instancePath} ${e.message} ${JSON.stringify(e.params)}`);
}
