/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What forms can contain, on a tablet: each page of the forms in t/forms judged by axe, looked at in three widths, and
 * the same without script.
 */
import { finish, is, ok, section, start } from "./lib.mjs";

const t = await start({
  csv: "mrn,family,given,birth_date,email,case_number,case_title\n1,Doe,Ann,1970-01-02,,C-1,Knee\n",
  forms: "t/forms",
  default_forms: "types choices repeats looks formats",
  portal: { PortalLobbyFrom: "127.0.0.0/8" },
});
const binder = await t.binder();
const { desk } = binder;

/* Every page of a form, without answering; the texts of all. */
async function walk(page, title, look) {
  const texts = [];
  await page.goto(t.url("/portal/paperwork"));
  await page.getByRole("link", { name: title }).click();
  for (let i = 1; i < 20 && !page.url().endsWith("/review"); i++) {
    if (look) await look(i);
    texts.push((await page.locator("main").innerText()).replace(/\s+/g, " ").trim());
    await t.follow(page.getByRole("button", { name: "Save and continue" }));
  }
  return texts.join("\n");
}

const titles = ["All kinds of answers", "Side and dose", "Pets and people", "How it looks", "How it is written"];
const tablet = await t.page({ width: 820 });
await binder.begin(tablet);
const seen = {};
for (const title of titles) {
  section(title);
  const name = `form-${title.split(" ").pop().toLowerCase()}`;
  seen[title] = await walk(tablet, title, async (i) => {
    await t.accessible(tablet, `${title}, ${i}`);
    await t.shots(tablet, `${name}-${i}`);
  });
  ok(seen[title].length > 50, "has pages");
}

section("looks");
ok(/There are no wrong answers/.test(seen["How it looks"]), "a display in a display is shown");
ok(/a\) Left b\) Right/.test(seen["How it looks"]), "options have their prefix");
await tablet.setViewportSize({ width: 1440, height: 900 });
await tablet.goto(t.url("/portal/paperwork"));
await t.follow(tablet.getByRole("link", { name: "How it looks" }));
const tops = async () =>
  tablet.locator(".portal-matrix fieldset").first().locator("input").evaluateAll((list) => list.map((one) => one.getBoundingClientRect().top));
is(new Set(await tops()).size, 1, "the choices of a table stand in a row where there is room");
await tablet.setViewportSize({ width: 390, height: 900 });
is(new Set(await tops()).size, 4, "and below each other where there is none");
await tablet.setViewportSize({ width: 820, height: 900 });

section("formatted words");
await tablet.goto(t.url("/portal/paperwork"));
await t.follow(tablet.getByRole("link", { name: "How it is written" }));
const look = (text, property) =>
  tablet.locator("main").getByText(text, { exact: true }).first().evaluate((one, name) => getComputedStyle(one)[name], property);
ok(Number(await look("this", "fontWeight")) >= 600, "bold");
is(await look("medicines", "fontStyle"), "italic", "slanted");
is(await tablet.locator("legend sub").innerText(), "2", "low");
is(await look("drink", "textDecorationLine"), "underline", "underlined");
is(await look("two letters", "color"), "rgb(0, 81, 40)", "a colour of ours");
ok(!(await tablet.getByText("It begins with").isVisible()), "help is closed");
await tablet.locator("summary", { hasText: "What is the number" }).focus();
await tablet.keyboard.press("Enter");
ok(await tablet.getByText("It begins with").isVisible(), "and opened by a key");
await t.accessible(tablet, "formatted words, help open");
for (const width of [390, 820, 1440]) {
  await tablet.setViewportSize({ width, height: 900 });
  is(await tablet.evaluate(() => document.documentElement.scrollWidth), width, `no scrolling sideways at ${width}`);
}
await tablet.setViewportSize({ width: 820, height: 900 });

section("items under each answer");
await tablet.goto(t.url("/portal/paperwork"));
await tablet.getByRole("link", { name: "Pets and people" }).click();
await tablet.getByLabel("Cat").check();
await tablet.getByLabel("Eel").check();
await t.follow(tablet.getByRole("button", { name: "Save and continue" }));
is(await tablet.getByLabel("What is it called?").count(), 2, "two of them");
await t.accessible(tablet, "items under each answer");
await t.shots(tablet, "form-under");

section("by keyboard");
await tablet.goto(t.url("/portal/paperwork"));
await tablet.getByRole("link", { name: titles[0] }).click();
await t.follow(tablet.getByRole("button", { name: "Save and continue" }));
await tablet.getByLabel("Number").first().focus();
await tablet.keyboard.type("70");
await tablet.keyboard.press("Tab");
await tablet.keyboard.type("pou");
is(await tablet.getByLabel("Unit").first().inputValue(), "pounds", "a unit is chosen");
await tablet.getByLabel("0", { exact: true }).focus();
await tablet.keyboard.press("Space");
await tablet.keyboard.press("ArrowRight");
ok(await tablet.getByLabel("1", { exact: true }).isChecked(), "and a place on a scale");
await tablet.getByRole("button", { name: "Finish" }).first().click();
await tablet.close();

section("without script");
const plain = await t.page({ width: 390, javaScriptEnabled: false });
await binder.begin(plain);
for (const title of titles) is(await walk(plain, title), seen[title], `${title}: the same words`);
await finish(t);
