/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The forms of conf/forms that no journey fills in, on a tablet: each page judged by axe and looked at in three widths,
 * in English and Spanish; a privacy notice that is declined, an insurance with a second plan.
 */
import { finish, is, like, ok, section, start } from "./lib.mjs";

const t = await start({
  csv: "mrn,family,given,birth_date,email,case_number,case_title\n1,Doe,Ann,1970-01-02,,C-1,Knee\n",
  default_forms: "insurance privacy-notice financial-agreement telehealth-consent phq-9 gad-7 audit-c lefs",
  portal: { PortalLobbyFrom: "127.0.0.0/8" },
});
const binder = await t.binder();
const { desk } = binder;
const tablet = await t.page({ width: 820 });
await binder.begin(tablet);

/* What a button or a box is called, among those of one name: the first, or the one that is asked for. */
async function choose(form, name, wanted) {
  const all = form.locator(`input[name="${name}"]:visible`);
  const labels = await all.evaluateAll((list) => list.map((one) => one.labels[0].innerText.trim()));
  const at = labels.findIndex((label) => wanted.includes(label));
  await all.nth(at < 0 ? 0 : at).check();
}

/* Answers what a page shows, until nothing more appears. */
async function answer(page, wanted) {
  const form = page.locator("form[data-paper]");
  const done = new Set();
  for (let more = true; more;) {
    more = false;
    for (const input of await form.locator("input:visible, textarea:visible").all()) {
      const name = await input.getAttribute("name");
      if (done.has(name) || name.endsWith(".other")) continue;
      done.add(name);
      more = true;
      if (/radio|checkbox/.test(await input.getAttribute("type"))) await choose(form, name, wanted);
      else if (name.endsWith(".day") || name.endsWith(".month")) await input.fill("3");
      else if (name.endsWith(".year")) await input.fill("1985");
      else await input.fill("Some words");
    }
  }
}

/* Fills in a form page by page; the text of its review. */
async function fill(title, name, wanted = [], [next, submit] = ["Save and continue", "Submit"]) {
  section(title);
  await tablet.goto(t.url("/portal/paperwork"));
  await t.follow(tablet.getByRole("link", { name: title }));
  for (let i = 1; i < 30 && !tablet.url().endsWith("/review"); i++) {
    await t.accessible(tablet, `${title}, ${i}`);
    if (i < 4) await t.shots(tablet, `own-${name}-${i}`);
    await answer(tablet, wanted);
    await t.follow(tablet.getByRole("button", { name: next }));
    is(await tablet.locator(".nhsuk-error-summary").count(), 0, `${title}, ${i}, is answered`);
  }
  await t.accessible(tablet, `${title}, review`);
  const review = (await tablet.locator("main").innerText()).replace(/\s+/g, " ");
  await t.submit(tablet, { submit });
  like(tablet.url(), /done=submitted$/, `${title} is submitted`);
  return review;
}

like(await fill("Insurance", "insurance"), /Do you have another insurance as well\? Yes.*Another insurance plan.*Some words/,
  "a second plan is asked for");
const notice = await fill("Notice of privacy", "privacy", ["I decline to acknowledge it"]);
like(notice, /I decline to acknowledge it.*Would you like to tell us why\? I want to read it first/,
  "a notice can be declined, and says so");
await fill("Financial agreement", "financial", ["None of these"]);
like(await fill("Consent to a visit by video", "telehealth", ["I do not agree"]), /I do not agree/, "a visit can be declined");
like(await fill("Patient Health Questionnaire", "phq", ["Several days"]), /in some way Several days/, "a scale has its answers");

await tablet.getByRole("button", { name: "Español" }).click();
const spanish = ["Guardar y seguir", "Enviar"];
like(await fill("Escala de ansiedad", "gad", ["Varios días"], spanish), /fuera a pasar Varios días/, "a scale in Spanish");
const never = await fill("Consumo de alcohol", "audit", ["Nunca"], spanish);
ok(/alguna bebida con alcohol\? Nunca/.test(never) && !/día normal/.test(never), "who never drinks is asked once");
await fill("Escala funcional", "lefs", ["Ninguna dificultad"], spanish);

section("the desk looks at the forms");
const nurse = await t.page({ desk: "frontdesk", width: 1440, language: "es" });
for (const [page, name] of [[desk, "en"], [nurse, "es"]]) {
  await page.goto(t.url("/desk/forms"));
  await t.accessible(page, `forms, ${name}`);
  await t.shots(page, `desk-forms-${name}`);
}

await finish(t);
