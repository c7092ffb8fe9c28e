/* SPDX-License-Identifier: Apache-2.0 */
/* Two-step sign-in on a phone without script and with it: every page judged by axe, in three widths. */
import { createHmac } from "node:crypto";
import { finish, is, like, ok, section, start } from "./lib.mjs";

const t = await start({ csv: "mrn,family,given,birth_date,email,case_number,case_title\n1,Doe,Ann,1970-01-02,,C-1,Knee\n" });
const binder = await t.binder();
const own = "heron lagoon tundra";
let moved = 0;

/* The phone's app: RFC 6238. */
function code(key) {
  const bits = [...key.replace(/ /g, "")].map((c) => "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567".indexOf(c).toString(2).padStart(5, "0")).join("");
  const bytes = Buffer.from(bits.match(/.{8}/g).map((byte) => parseInt(byte, 2)));
  const counter = Buffer.alloc(8);
  counter.writeBigUInt64BE(BigInt(Math.floor((Date.now() / 1000 + moved) / 30)));
  const mac = createHmac("sha1", bytes).update(counter).digest();
  return String((mac.readUInt32BE(mac[19] & 15) & 0x7fffffff) % 1000000).padStart(6, "0");
}

async function later(seconds) {
  moved += seconds;
  await t.clock(`+${seconds}`);
}

async function enter(page, password) {
  await page.goto(t.url("/portal/login"));
  await page.getByLabel("Case number").fill("C-1");
  await page.getByLabel("Password", { exact: true }).fill(password);
  await page.getByRole("button", { name: "Sign in" }).click();
}

section("setting it up, with script");
const phone = await t.page({ width: 390 });
await enter(phone, await binder.secret("Register Patient"));
await phone.getByLabel("New password", { exact: true }).fill(own);
await phone.getByLabel("Repeat new password").fill(own);
await phone.getByRole("button", { name: "Save password" }).click();
await phone.getByRole("link", { name: "Two-step sign-in" }).click();
await t.accessible(phone, "two-step sign-in, off");
await t.shots(phone, "factor-off");
await phone.getByLabel("Current password", { exact: true }).fill(own);
await phone.getByRole("button", { name: "Set up an app" }).click();
await t.accessible(phone, "setting an app up");
await t.shots(phone, "factor-app");
const key = await phone.locator(".portal-code").innerText();
ok((await phone.locator("svg.portal-slip__qr").boundingBox()).width > 100, "the QR code can be scanned");
await phone.getByLabel("Code from your app").fill("12");
await phone.getByRole("button", { name: "Turn on" }).click();
await t.accessible(phone, "a wrong code");
await t.shots(phone, "factor-app-wrong");
await phone.getByLabel("Code from your app").fill(code(key));
await phone.getByRole("button", { name: "Turn on" }).click();
await t.accessible(phone, "recovery codes");
await t.shots(phone, "factor-codes");
const codes = await phone.locator("li.portal-code").allInnerTexts();
is(codes.length, 10, "ten recovery codes");
await phone.getByRole("link", { name: "I have kept them" }).click();
await phone.goto(t.url("/portal/security/factor"));
await t.accessible(phone, "two-step sign-in, on");
await t.shots(phone, "factor-on");

section("signing in without script");
const plain = await t.page({ width: 390, javaScriptEnabled: false });
await later(60);
await enter(plain, own);
like(await plain.locator("main").innerText(), /Type the code from your app/, "the code is asked for");
await plain.getByLabel("Code from your app").fill("123");
await plain.getByRole("button", { name: "Go on" }).click();
like(await plain.locator("main").innerText(), /This code is not right/, "a wrong one");
await plain.getByLabel("Code from your app").fill(code(key));
await plain.getByRole("button", { name: "Go on" }).click();
is(new URL(plain.url()).pathname, "/portal/", "signed in");

section("a recovery code, in Spanish");
const spanish = await t.page({ width: 390, language: "es" });
await spanish.goto(t.url("/portal/login"));
await spanish.getByLabel("Número de caso").fill("C-1");
await spanish.getByLabel("Contraseña", { exact: true }).fill(own);
await spanish.getByRole("button", { name: "Iniciar sesión" }).click();
await t.accessible(spanish, "the code, in Spanish");
await t.shots(spanish, "login-code");
await spanish.getByRole("link", { name: "usar un código de recuperación" }).click();
await t.accessible(spanish, "a recovery code, in Spanish");
await t.shots(spanish, "login-recovery");
await spanish.getByLabel("Código de recuperación").fill(codes[0]);
await spanish.getByRole("button", { name: "Continuar" }).click();
like(await spanish.locator("main").innerText(), /ya no funciona/, "signed in, and told what it means");
await t.accessible(spanish, "after a recovery code");
await t.shots(spanish, "factor-recovered");

section("reset at the desk");
await binder.desk.goto(t.url(`/desk/binders/${binder.id}/portal`));
await t.accessible(binder.desk, "the tab with two-step sign-in");
await t.shots(binder.desk, "tab-factor");
await binder.desk.getByRole("button", { name: "Reset two-step sign-in" }).click();
await t.accessible(binder.desk, "asked first");
await t.shots(binder.desk, "factor-reset");
await binder.desk.getByRole("link", { name: "Cancel" }).click();

section("new codes, and off, by buttons of the same form");
await phone.reload();
await phone.getByLabel("Current password", { exact: true }).fill(own);
await phone.getByRole("button", { name: "Make new recovery codes" }).click();
is(await phone.locator("li.portal-code").count(), 10, "ten new ones");
await phone.goto(t.url("/portal/security/factor"));
await phone.getByLabel("Current password", { exact: true }).fill(own);
await phone.getByRole("button", { name: "Turn two-step sign-in off" }).click();
like(await phone.locator("main").innerText(), /Two-step sign-in is off\./, "off");

await finish(t);
