// Asks the browser for a passkey when a form that needs one is sent, and puts the answer into the form.
"use strict";
(() => {
  const bytes = (text) => Uint8Array.from(atob(text.replace(/-/g, "+").replace(/_/g, "/")), (each) => each.charCodeAt(0));
  const text = (buffer) => btoa(String.fromCharCode(...new Uint8Array(buffer)))
    .replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");
  const listed = (found) => (found || []).map((each) => ({ ...each, id: bytes(each.id) }));

  const create = async (asked) => navigator.credentials.create({ publicKey: {
    ...asked,
    challenge: bytes(asked.challenge),
    user: { ...asked.user, id: bytes(asked.user.id) },
    excludeCredentials: listed(asked.excludeCredentials),
  } });
  const get = async (asked) => navigator.credentials.get({ publicKey: {
    ...asked,
    challenge: bytes(asked.challenge),
    allowCredentials: listed(asked.allowCredentials),
  } });

  for (const form of document.querySelectorAll("form[data-passkey]")) {
    const said = form.querySelector("[data-passkey-said]");
    const asked = JSON.parse(form.dataset.passkeyOptions).publicKey;
    if (!window.PublicKeyCredential) {
      said.textContent = form.dataset.passkeyNone;
      said.hidden = false;
      continue;
    }
    form.addEventListener("submit", async (event) => {
      event.preventDefault();
      said.hidden = true;
      try {
        const made = await (form.dataset.passkey === "create" ? create : get)(asked);
        const response = {};
        for (const name of ["clientDataJSON", "attestationObject", "authenticatorData", "signature", "userHandle"]) {
          if (made.response[name]) response[name] = text(made.response[name]);
        }
        form.elements.passkey.value = JSON.stringify({ id: made.id, rawId: text(made.rawId), type: made.type, response });
        form.submit();
      } catch {
        said.textContent = form.dataset.passkeyFailed;
        said.hidden = false;
      }
    });
  }
})();
