// SPDX-License-Identifier: Apache-2.0
/*
 * usage: node t/lib/fhir_peer.mjs FOLDER CERTIFICATE KEY
 *
 * A FHIR server over HTTPS on a free loopback port, as far as transactions go: it prints its port, and
 * ends when its standard input does. FOLDER/behave says how it behaves, read at each request:
 *
 *   ok            takes the Bundle and answers transaction-response
 *   STATUS [N]    answers that status with an OperationOutcome; N: with Retry-After
 *   html          200 and a page that is no FHIR
 *   hang          reads the request and never answers
 *   cut           takes the Bundle and cuts the connection instead of answering
 *   hold          takes the Bundle and answers when FOLDER/go is there
 *
 * Each request becomes FOLDER/N.json ({method, path, headers, status}) and FOLDER/N.bundle.json; what the
 * server has is FOLDER/store.json: {"Type/id": {versions, resource}}.
 */
import { existsSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { createServer } from "node:https";

const [folder, certificate, key] = process.argv.slice(2);
const store = {};
let count = 0;

function write(name, text) {
  writeFileSync(`${folder}/${name}.new`, text);
  renameSync(`${folder}/${name}.new`, `${folder}/${name}`);
}

function matches(type, query) {
  const token = decodeURIComponent(query.replace(/^identifier=/, "")).split(/(?<!\\)[|]/);
  const [system, value] = (token.length > 1 ? token : [null, ...token]).map((part) => part?.replace(/\\([\\,|$])/g, "$1"));
  return Object.keys(store).filter(
    (name) =>
      name.startsWith(`${type}/`) &&
      (store[name].resource.identifier ?? []).some((i) => i.value === value && (system === null || i.system === system)),
  );
}

/* One entry; what a reference to it becomes, and its status. */
function place({ resource, request, fullUrl }) {
  if (request.method === "POST") {
    const there = matches(request.url, request.ifNoneExist);
    if (there.length > 1) return { status: "412" };
    if (there.length) return { status: "200 OK", name: there[0], fullUrl };
    const name = `${request.url}/made${Object.keys(store).length}`;
    store[name] = { versions: 1, resource };
    return { status: "201 Created", name, fullUrl };
  }
  const before = store[request.url];
  store[request.url] = { versions: (before?.versions ?? 0) + 1, resource };
  return { status: before ? "200 OK" : "201 Created", name: request.url, fullUrl };
}

function take(bundle) {
  const entry = bundle.entry.map((one) => ({ response: { status: place(one).status } }));
  write("store.json", JSON.stringify(store));
  return JSON.stringify({ resourceType: "Bundle", type: "transaction-response", entry });
}

function answer(response, status, body, headers = {}) {
  response.writeHead(status, { "Content-Type": "application/fhir+json", ...headers });
  response.end(body);
}

function outcome(code) {
  return JSON.stringify({
    resourceType: "OperationOutcome",
    issue: [{ severity: "error", code, diagnostics: "canary of the server" }],
  });
}

function behave(response, text) {
  const [how, more] = readFileSync(`${folder}/behave`, "utf8").trim().split(" ");
  if (how === "ok") return answer(response, 200, take(JSON.parse(text)));
  if (how === "html") return answer(response, 200, "<p>Please sign in", { "Content-Type": "text/html" });
  if (how === "hang") return undefined;
  if (how === "cut") {
    take(JSON.parse(text));
    return response.destroy();
  }
  if (how === "hold") {
    const body = take(JSON.parse(text));
    const timer = setInterval(() => {
      if (!existsSync(`${folder}/go`)) return;
      clearInterval(timer);
      answer(response, 200, body);
    }, 20);
    return undefined;
  }
  return answer(response, Number(how), outcome(how === "422" ? "business-rule" : "transient"), more ? { "Retry-After": more } : {});
}

const server = createServer({ cert: readFileSync(certificate), key: readFileSync(key) }, (request, response) => {
  const parts = [];
  request.on("data", (part) => parts.push(part));
  request.on("end", () => {
    const text = Buffer.concat(parts).toString("utf8");
    const n = ++count;
    write(`${n}.bundle.json`, text);
    behave(response, text);
    write(`${n}.json`, JSON.stringify({ method: request.method, path: request.url, headers: request.headers }));
  });
});
server.listen(0, "127.0.0.1", () => console.log(server.address().port));
process.stdin.resume();
process.stdin.on("end", () => process.exit(0));
