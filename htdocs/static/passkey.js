/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Passkeys: asks the browser to make one (data-passkey="create") or to use one ("get"), puts what it answers into the
 * form's hidden fields and sends the form. Where there is no such thing, the form and every [data-passkey-offer] stay
 * hidden.
 */
(function () {
  "use strict";

  if (!window.PublicKeyCredential || !navigator.credentials) return;

  function bytes(text) {
    const plain = atob(text.replace(/-/g, "+").replace(/_/g, "/"));
    return Uint8Array.from(plain, (c) => c.charCodeAt(0));
  }

  function text(buffer) {
    const plain = String.fromCharCode(...new Uint8Array(buffer));
    return btoa(plain).replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");
  }

  function create(d) {
    return navigator.credentials.create({
      publicKey: {
        challenge: bytes(d.challenge),
        rp: { id: d.rp, name: d.rpName },
        user: { id: new TextEncoder().encode(d.userId), name: d.userName, displayName: d.userName },
        pubKeyCredParams: [-7, -8, -257].map((alg) => ({ type: "public-key", alg })),
        excludeCredentials: d.exclude.split(" ").filter(Boolean).map((id) => ({ type: "public-key", id: bytes(id) })),
        authenticatorSelection: { residentKey: "required", requireResidentKey: true, userVerification: "required" },
        attestation: "none",
      },
    });
  }

  function get(d) {
    return navigator.credentials.get({
      publicKey: { challenge: bytes(d.challenge), rpId: d.rp, userVerification: "required" },
    });
  }

  function fill(form, made) {
    const answer = made.response;
    form.elements.client_data.value = text(answer.clientDataJSON);
    if (form.dataset.passkey === "create") {
      form.elements.authenticator_data.value = text(answer.getAuthenticatorData());
      return;
    }
    form.elements.credential.value = text(made.rawId);
    form.elements.authenticator_data.value = text(answer.authenticatorData);
    form.elements.signature.value = text(answer.signature);
  }

  document.querySelectorAll("[data-passkey-offer]").forEach((part) => (part.hidden = false));
  document.querySelectorAll("form[data-passkey]").forEach(function (form) {
    const failed = form.querySelector("[data-passkey-failed]");
    form.hidden = false;
    form.addEventListener("submit", async function (event) {
      event.preventDefault();
      failed.hidden = true;
      try {
        fill(form, await (form.dataset.passkey === "create" ? create : get)(form.dataset));
        form.submit();
      } catch {
        failed.hidden = false;
      }
    });
  });
})();
