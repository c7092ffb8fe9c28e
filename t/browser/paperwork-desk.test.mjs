/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Paperwork at the desk: what a patient sent in another language, read side by side, one question
 * given back and answered alone, accepted and filed; every page judged by axe in three widths.
 */
import { finish, is, like, ok, section, start } from "./lib.mjs";

const t = await start({
  csv: "mrn,family,given,birth_date,email,case_number,case_title\n1,Ruiz,Eva,1970-01-02,,C-1,Rodilla\n",
});
const binder = await t.binder();
const { desk } = binder;
const own = "quite a long password 17";

const patient = await t.page({ width: 390, language: "es" });
const password = await binder.secret("Register Patient");
await patient.goto(t.url("/portal/login"));
await patient.locator("[name=case_number]").fill("C-1");
await patient.locator("[name=password]").fill(password);
await patient.locator("main button[type=submit]").first().click();
await patient.locator("[name=new_password]").fill(own);
await patient.locator("[name=new_password_again]").fill(own);
await patient.locator("main form button[type=submit]").last().click();

section("sent in Spanish");
await patient.goto(t.url("/portal/paperwork"));
await patient.getByRole("link", { name: "Consentimiento para el" }).click();
for (let i = 0; i < 20 && !patient.url().endsWith("/review"); i++) {
  for (const box of await patient.locator("form[data-paper] input[type=text]").all()) {
    const name = (await box.getAttribute("name")) || "";
    await box.fill(/day$/.test(name) ? "2" : /month$/.test(name) ? "3" : /year$/.test(name) ? "1980" : "555 0100");
  }
  for (const box of await patient.locator("form[data-paper] input[type=tel]").all()) await box.fill("555 0100 111");
  for (const set of await patient.locator("form[data-paper] fieldset").all()) {
    const radio = set.locator("input[type=radio]").first();
    if (await radio.count()) await radio.check({ force: true });
  }
  await patient.getByRole("button", { name: "Guardar y seguir" }).click();
}
const spanish = { submit: "Enviar", sign: "Firmar y enviar" };
await t.submit(patient, spanish);
like(patient.url(), /done=submitted/, "it is sent");

section("the desk reads it");
await desk.goto(t.url("/desk/paperwork"));
await t.accessible(desk, "the queue");
await t.shots(desk, "paperwork-queue");
await desk.locator("td a").first().click();
like(await desk.locator("main").innerText(), /Your care\s*Su atención/, "two languages");
await t.accessible(desk, "what was sent");
await t.shots(desk, "paperwork-read");
await desk.locator("a", { hasText: "Give back" }).last().click();
await t.accessible(desk, "giving a question back");
await t.shots(desk, "paperwork-return");
await desk.getByLabel("Note for the patient").fill("Solo el apellido, por favor.");
await desk.getByRole("button", { name: "Give back" }).click();
like(await desk.locator("main").innerText(), /Waiting for the patient/, "given back");

section("the patient answers just that");
await patient.goto(t.url("/portal/"));
await t.shots(patient, "paperwork-returned-home");
await patient.getByRole("link", { name: "Consentimiento para el" }).click();
await t.accessible(patient, "the page with the note");
await t.shots(patient, "paperwork-returned");
is(await patient.locator("form[data-paper] fieldset").count(), 1, "one question");
await patient.locator("form[data-paper] input[type=radio]").nth(1).check();
await patient.getByRole("button", { name: "Guardar y seguir" }).click();
await t.accessible(patient, "the review");
await t.shots(patient, "paperwork-returned-review");
await t.submit(patient, spanish);
like(patient.url(), /done=submitted/, "sent again");

section("accepted and filed");
await desk.reload();
await desk.goto(t.url("/desk/paperwork"));
await desk.locator("td a").first().click();
ok((await desk.locator(".portal-changed").count()) === 1, "the changed answer is marked");
await t.accessible(desk, "what was sent again");
await t.shots(desk, "paperwork-amended");
await desk.getByRole("button", { name: "Accept" }).click();
await desk.getByRole("button", { name: "File", exact: true }).click();
like(await desk.locator("main").innerText(), /To do \(0\)/, "the queue is empty");
await finish(t);
