/* SPDX-License-Identifier: Apache-2.0 */
/* A guarded location in a real browser: sent to sign in, brought back to the very address, and locked out again. */
import { start, finish, is, like } from "./lib.mjs";

const own = "heron lagoon tundra";
const t = await start({
  csv: "mrn,family,given,case_number\n1,Doe,Ann,A-1\n",
  extra: `Alias /house "\${PORTAL_RUN}/forms"
<Location /house>
    AuthType Portal
    Require portal patient
    ForceType text/plain
</Location>`,
});
const file = t.url("/house/registration.json?from=mail&x=%2Fy");

const desk = await t.page({ desk: "frontdesk", width: 1440 });
await desk.goto(t.url("/desk/"));
await desk.getByLabel("Find a patient").fill("doe");
await desk.getByRole("button", { name: "Find", exact: true }).click();
await desk.getByRole("link", { name: /Doe/ }).click();
await desk.getByRole("link", { name: "Patient Portal" }).click();
const menu = async (item) => {
  await desk.getByRole("button", { name: "Actions" }).click();
  await desk.getByRole("button", { name: item, exact: true }).or(desk.getByRole("link", { name: item, exact: true })).first().click();
};
await menu("Edit");
await desk.getByLabel("Master Case").selectOption({ label: "A-1" });
await desk.getByLabel("Access Enabled").check();
await desk.getByRole("button", { name: "OK", exact: true }).click();
await menu("Register Patient");
await desk.getByRole("button", { name: "Confirm" }).click();
const temporary = (await desk.locator(".portal-secret").innerText()).trim();

const page = await t.page();
const signIn = async (password) => {
  await page.getByLabel("Case number").fill("A-1");
  await page.getByLabel("Password", { exact: true }).fill(password);
  await page.getByRole("button", { name: "Sign in" }).click();
};
await page.goto(file);
like(page.url(), /\/portal\/login\?back=/, "sent to sign in");
await t.accessible(page, "sign-in on the way back");
await signIn(temporary);
like(page.url(), /\/portal\/password$/, "a temporary password comes first");
await page.getByLabel("New password", { exact: true }).fill(own);
await page.getByLabel("Repeat new password").fill(own);
await page.getByRole("button", { name: "Save password" }).click();
await page.goto(file);
is(page.url(), file, "signed in: no question");
like(await page.innerText("body"), /Questionnaire/, "the file is shown");
await page.goto(t.url("/portal/"));
await page.getByRole("button", { name: "Sign out" }).click();
await page.goto(file);
like(page.url(), /\/portal\/login\?back=/, "signed out: sent to sign in");
await signIn("wrong but long enough");
like(await page.content(), /name="back"/, "one wrong try");
await signIn(own);
is(page.url(), file, "and back at the very address");
like(await page.innerText("body"), /Questionnaire/, "with what stands there");
await t.clock(901);
const answer = await page.evaluate(async (url) => {
  const got = await fetch(url);
  return [got.status, got.redirected, (await got.text()).includes("Questionnaire")].join(" ");
}, file);
is(answer, "401 false false", "a script of a page is told, not sent anywhere, when the session is over");
await finish(t);
