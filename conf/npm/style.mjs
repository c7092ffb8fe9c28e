/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Makes the style sheet: node style.mjs SCSS CSS (run where node_modules is).
 *
 * The patterns' compiler mixes colours while it compiles, a hospital's theme sets them while a page is shown. So the
 * style is compiled with three marker colours, and each place where one of them arrives becomes a custom property.
 * Declarations that show a picture go: they serve parts that no page uses (sorted tables, search boxes). A marker that
 * arrives nowhere, and any address that is left, are errors.
 */
import { readFileSync, writeFileSync } from "node:fs";
import * as sass from "sass";

const markers = {
  "#0b5c66": "var(--portal-brand)",
  "#083f47": "var(--portal-brand-dark)",
  "#e2eff0": "var(--portal-brand-light)",
};

const [from, to] = process.argv.slice(2);
const { css: compiled } = sass.compile(from, {
  loadPaths: ["node_modules/nhsuk-frontend/dist/nhsuk"],
  style: "compressed",
  charset: false,
});

let css = compiled.replace(/[\w-]+:[^;{}"]*url\("\/assets\/[^;}]*;?/g, "");
for (const [colour, property] of Object.entries(markers)) {
  if (!css.includes(colour)) throw new Error(`style: the marker colour ${colour} is used nowhere`);
  css = css.replaceAll(`:${colour}`, `:${property}`).replaceAll(` ${colour}`, ` ${property}`);
  if (css.includes(colour)) throw new Error(`style: ${colour} stands where it cannot become a property`);
}
const address = css.match(/url\([^)]*|https?:[^;}]*|@import[^;]*/);
if (address) throw new Error(`style: an address is left: ${address[0]}`);

const { name, version, license } = JSON.parse(readFileSync("node_modules/nhsuk-frontend/package.json", "utf8"));
writeFileSync(to, `/* with parts of ${name} ${version}, © NHS England, ${license} licence */\n${css}\n`);
