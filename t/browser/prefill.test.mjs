/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A form that begins with the answers of last time, on a phone: marked where they stand and in the review, the mark
 * gone where an answer was changed and where the page was gone on from. Between both times the desk takes a number over.
 */
import { finish, is, like, ok, section, start } from "./lib.mjs";

const t = await start({
  csv: "mrn,family,given,birth_date,email,case_number,case_title\n1,Doe,Ann,1970-01-02,ann@example.org,C-1,Knee\n",
});
const own = "quite a long password 17";
const binder = await t.binder();
const phone = await t.page({ width: 390 });
const next = () => t.follow(phone.getByRole("button", { name: "Save and continue" }));
const marks = () => phone.locator(".portal-marked").count();

async function open() {
  await phone.goto(t.url("/portal/paperwork"));
  await phone.getByRole("link", { name: "Registration" }).first().click();
}

await phone.goto(t.url("/portal/login"));
await phone.getByLabel("Case number").fill("C-1");
await phone.getByLabel("Password", { exact: true }).fill(await binder.secret("Register Patient"));
await phone.getByRole("button", { name: "Sign in" }).click();
await phone.locator("[name=new_password]").fill(own);
const repeat = phone.locator("[name=new_password_again]");
if (await repeat.count()) await repeat.fill(own);
await phone.locator("main button[type=submit]").last().click();
await phone.waitForURL(/portal\/?(\?|$)/);

section("the first time");
await open();
is(await marks(), 0, "nothing is marked");
await phone.getByLabel("First name and middle names").fill("Ann");
await phone.getByLabel("Last name").fill("Doe");
await phone.getByLabel("Day").fill("2");
await phone.getByLabel("Month").fill("1");
await phone.getByLabel("Year").fill("1970");
await phone.getByLabel("Female").check();
for (let i = 0; i < 12 && !/review/.test(phone.url()); i++) {
  for (const box of await phone.locator("main input[type=text]:visible").all())
    if (!(await box.inputValue())) await box.fill((await box.getAttribute("inputmode")) === "email" ? "a@example.org" : "555 0100 100");
  for (const group of await phone.locator("main .nhsuk-radios").all())
    if (!(await group.locator("input:checked").count())) await group.locator("input").last().check();
  for (const group of await phone.locator("main .nhsuk-checkboxes").all()) await group.locator("input").last().check();
  const was = phone.url();
  await next();
  await phone.waitForURL((url) => url.href !== was, { timeout: 5000 }).catch(() => {});
  const wrong = phone.locator(".nhsuk-input--error");
  if (await wrong.count()) await wrong.first().fill("a@example.org");
}
like(phone.url(), /review/, "the form is filled in");
await phone.getByRole("button", { name: "Submit" }).click();
await phone.waitForURL(/done=submitted/);

section("contact details at the desk");
const { desk } = binder;
await desk.goto(t.url("/desk/paperwork"));
await desk.getByRole("link", { name: "Registration" }).first().click();
await desk.getByRole("link", { name: "Compare the contact details" }).click();
await t.accessible(desk, "contact details beside the binder's");
await t.shots(desk, "contact");
await desk.locator("[name=take_phone]").check();
await desk.getByRole("button", { name: "Save in the binder" }).click();
await desk.waitForURL(/done=contact/);
is((await t.sql("SELECT phone FROM binder"))[0].phone, "555 0100 100", "the number is taken over");

section("the second time");
await desk.goto(t.url(`/desk/binders/${binder.id}/paperwork`));
await desk.selectOption("[name=form]", "registration");
await desk.getByRole("button", { name: "Assign" }).click();
await open();
is(await phone.getByLabel("Last name").inputValue(), "Doe", "the answer of last time is there");
ok((await marks()) > 3, "and marked");
await t.accessible(phone, "a form that is filled in");
await t.shots(phone, "prefilled");
const marked = await marks();
await phone.getByLabel("Last name").fill("Doe-Ruiz");
is(await marks(), marked - 1, "what is changed has no mark any more");
await next();
await phone.waitForURL(/page=2/);
await t.shots(phone, "prefilled-2");
await phone.goto(phone.url().replace(/\?.*/, "/review"));
is(await phone.locator(".portal-answer", { hasText: "Last name" }).first().locator(".portal-marked").count(), 0,
  "a page that was gone on from is not marked in the review");
ok((await marks()) > 0, "the others are");
await t.accessible(phone, "the review of a form that is filled in");
await t.shots(phone, "prefilled-review");
await phone.getByRole("button", { name: "Español" }).click();
await phone.waitForLoadState();
like(await phone.locator("main").innerText(), /De la última vez\. Por favor, revise/i, "in Spanish too");

await finish(t);
