/* SPDX-License-Identifier: Apache-2.0 */
/*
 * With less: the same pages where JSON is switched off (the script asks the pages then), and without script, by keys
 * alone, in Spanish.
 */
import { finish, is, like, ok, section, start } from "./lib.mjs";

const t = await start({
  csv: "mrn,family,given,birth_date,language,case_number,case_title\n1,Núñez,Ana,1940-01-02,es,C-1,Knee\n",
  portal: { PortalLobbyFrom: "127.0.0.0/8", PortalFeature: "json off", PortalLobbyIdle: "6s" },
});
const binder = await t.binder();

section("without JSON: what is typed is saved, and Stay here stays");
const tablet = await t.page({ width: 820 });
await binder.begin(tablet);
await tablet.getByRole("link", { name: "Registration" }).click();
const version = await tablet.locator("form[data-paper] [name=version]").inputValue();
await tablet.getByLabel("Last name").fill("Typed");
await tablet.waitForFunction((old) => document.querySelector("form[data-paper] [name=version]").value !== old, version);
ok(true, "saved");
const box = tablet.getByRole("alertdialog");
await box.waitFor();
const stay = tablet.getByRole("button", { name: "Stay here" });
ok(await stay.evaluate((button) => button === document.activeElement), "the warning takes the focus");
await tablet.keyboard.press("Enter");
await box.waitFor({ state: "hidden" });
await tablet.waitForFunction(() => !document.querySelector("[inert]"));
const since = Date.now();
await box.waitFor();
ok(Date.now() - since > 2000, "it comes back only when the time is nearly over again", `${Date.now() - since} ms`);
await tablet.getByText("Your visit has ended").waitFor();
like(tablet.url(), /\/portal\/lobby$/, "at the end the page is gone");
await tablet.goBack().catch(() => {});
ok(!(await tablet.content()).includes("Typed"), "and Back does not bring it back");

section("without script, by keys alone, in Spanish");
const page = await t.page({ language: "es", javaScriptEnabled: false });

/* Presses Tab until the control with this name has the focus. */
async function reach(name, role) {
  for (let i = 0; i < 60; i++) {
    await page.keyboard.press("Tab");
    const there = page.locator(":focus");
    if ((await there.count()) === 0) continue;
    const wanted = role ? page.getByRole(role, { name, exact: true }) : page.getByLabel(name, { exact: true });
    for (const one of await wanted.all())
      if (await one.evaluate((node) => node === document.activeElement)) return true;
  }
  return ok(false, `no key leads to ${name}`, await page.locator("main").innerText());
}

async function press(name, role = "button") {
  await reach(name, role);
  await Promise.all([page.waitForEvent("domcontentloaded"), page.keyboard.press("Enter")]);
}

async function type(name, words) {
  await reach(name);
  await page.keyboard.type(words);
}

await page.goto(t.url("/portal/paperwork"));
await press("Iniciar sesión");
like(await page.locator(".nhsuk-error-summary").innerText(), /Escriba el número de caso/, "what is missing is said in Spanish");
await type("Número de caso", "c 1");
await type("Contraseña", await binder.secret("Register Patient"));
await press("Iniciar sesión");
like(await page.locator("h1").innerText(), /Cambiar contraseña/, "a temporary password leads to the change");
await type("Contraseña nueva", "garza laguna tundra");
await type("Repita la contraseña nueva", "garza laguna tundra");
await press("Guardar contraseña");
like(await page.locator("main").innerText(), /contraseña nueva está guardada.*Formularios por llenar/s, "home, with what to do");
await press("C-1", "link");
await page.setViewportSize({ width: 240, height: 900 });
is(await page.locator("h1 bdi").evaluate((one) => one.getClientRects().length), 1, "a case number does not break");
await t.shots(page, "case-es");
await page.goBack();
await press("Registro y datos de contacto", "link");
await type("Apellidos", "Núñez");
await press("Guardar y seguir");
like(page.url(), /page=2/, "the next page");
await press("Volver");
is(await page.getByLabel("Apellidos").inputValue(), "Núñez", "Back has the answer");
await press("English");
is(await page.getByLabel("Last name").inputValue(), "Núñez", "so has the page in English");
await press("Sign out");
like(await page.locator("main").innerText(), /You are signed out/, "signed out");
await page.goBack().catch(() => {});
ok(!(await page.content()).includes("Núñez"), "Back shows nothing of it");
await finish(t);
