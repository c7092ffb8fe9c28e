/* SPDX-License-Identifier: Apache-2.0 */
/* Passkeys in a real browser, with Chromium's virtual authenticator: made, used alone and as the second step, refused by
 * its user, taken away; every page judged by axe, in three widths. */
import { finish, is, like, ok, section, start } from "./lib.mjs";

const t = await start({
  host: "localhost",
  csv: "mrn,family,given,birth_date,email,case_number,case_title\n1,Doe,Ann,1970-01-02,,C-1,Knee\n",
});
const binder = await t.binder();
const own = "heron lagoon tundra";
t.origin = t.origin.replace("127.0.0.1", "localhost"); /* an address of the network can have no passkey */

async function enter(page, password) {
  await page.goto(t.url("/portal/login"));
  await page.getByLabel("Case number").fill("C-1");
  await page.getByLabel("Password", { exact: true }).fill(password);
  await page.getByRole("button", { name: "Sign in", exact: true }).click();
}

section("made");
const phone = await t.page({ width: 390 });
const cdp = await phone.context().newCDPSession(phone);
await cdp.send("WebAuthn.enable");
const { authenticatorId } = await cdp.send("WebAuthn.addVirtualAuthenticator", {
  options: {
    protocol: "ctap2", transport: "internal", hasResidentKey: true, hasUserVerification: true,
    isUserVerified: true, automaticPresenceSimulation: true,
  },
});
await enter(phone, await binder.secret("Register Patient"));
await phone.getByLabel("New password", { exact: true }).fill(own);
await phone.getByLabel("Repeat new password").fill(own);
await phone.getByRole("button", { name: "Save password" }).click();
await phone.getByRole("link", { name: "Two-step sign-in" }).click();
await t.shots(phone, "factor-off");
await phone.getByLabel("Current password", { exact: true }).fill(own);
await phone.getByRole("button", { name: "Add a passkey" }).click();
await t.accessible(phone, "making a passkey");
await t.shots(phone, "passkey-make");
await cdp.send("WebAuthn.setUserVerified", { authenticatorId, isUserVerified: false });
await phone.getByRole("button", { name: "Make a passkey" }).click();
await phone.getByText("No passkey was made.").waitFor();
await t.accessible(phone, "no passkey was made");
await cdp.send("WebAuthn.setUserVerified", { authenticatorId, isUserVerified: true });
await phone.getByRole("button", { name: "Make a passkey" }).click();
await phone.getByRole("heading", { name: "Your recovery codes" }).waitFor();
is(await phone.locator("li.portal-code").count(), 10, "made, with recovery codes");
const { credentials } = await cdp.send("WebAuthn.getCredentials", { authenticatorId });
is(credentials.length, 1, "it is in the authenticator");
ok(credentials[0].isResidentCredential, "to be found without a name");
await phone.goto(t.url("/portal/security/factor"));
await t.accessible(phone, "two-step sign-in with a passkey");
await t.shots(phone, "factor-passkey");

section("used alone");
await phone.getByRole("button", { name: "Sign out" }).click();
await t.accessible(phone, "the sign-in page");
await t.shots(phone, "login-passkey");
await phone.getByRole("button", { name: "Sign in with a passkey" }).click();
await phone.waitForURL(/\/portal\/$/);
like(await phone.locator("main").innerText(), /Your safety/, "signed in without a password");

section("as the second step");
await phone.getByRole("button", { name: "Sign out" }).click();
await enter(phone, own);
like(await phone.locator("main").innerText(), /Now use your passkey/, "the passkey is asked for");
await t.accessible(phone, "the second step");
await t.shots(phone, "login-code-passkey");
await phone.getByRole("button", { name: "Sign in with a passkey" }).click();
await phone.waitForURL(/\/portal\/$/);

section("without script");
const plain = await t.page({ width: 390, javaScriptEnabled: false });
await enter(plain, own);
like(await plain.locator("main").innerText(), /Passkeys need JavaScript/, "what is missing is said");
is(await plain.getByRole("button", { name: "Sign in with a passkey" }).count(), 0, "no button that does nothing");
await plain.getByRole("link", { name: "use a recovery code" }).click();
like(await plain.locator("main").innerText(), /Use a recovery code/, "and there is another way");

section("taken away");
await phone.goto(t.url("/portal/security/factor"));
await phone.getByLabel("Current password", { exact: true }).fill(own);
await phone.getByRole("button", { name: "Remove the passkey of" }).click();
like(await phone.locator("main").innerText(), /The passkey no longer works here/, "removed");
await phone.getByRole("button", { name: "Sign out" }).click();
await phone.getByRole("button", { name: "Sign in with a passkey" }).click();
await phone.getByRole("heading", { name: "This passkey does not work here" }).waitFor();
await t.accessible(phone, "a passkey that does not work");
await t.shots(phone, "login-passkey-refused");
await phone.getByRole("link", { name: "Go back and try again" }).click();
like(phone.url(), /\/portal\/login$/, "back to the sign-in page");

await finish(t);
