/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What makes the pages more comfortable; each of them works without it.
 *
 * Every part below looks for its own data attributes and does nothing where there are none. Nothing is kept in the
 * browser: no storage, no cookies. Texts come from the page. window.portal is what other scripts of the portal use:
 *   portal.leave()          wipes the page and goes to where the session ends
 *   portal.alive(seconds)   the session was seen to have so many idle seconds left (after saving, for example)
 *   portal.send(path, fields, how) posts fields with the page's token, resolves to the JSON of the answer; how:
 *                           leaving: also when the page is left meanwhile;  page: asks for a page instead, which
 *                           is then among what is known of it
 */
(function () {
  "use strict";

  const body = document.body;
  const all = (selector, from) => Array.prototype.slice.call((from || document).querySelectorAll(selector));
  const one = (selector, from) => (from || document).querySelector(selector);
  const portal = (window.portal = {});

  /* ---- leaving nothing behind ---- */

  function wipe() {
    document.title = "";
    body.textContent = "";
  }

  /* Once: on a slow line, to set out again would mean to arrive never. */
  let leaving = false;
  portal.leave = function () {
    if (leaving) return;
    leaving = true;
    wipe();
    window.location.replace(body.getAttribute("data-session-end") || body.getAttribute("data-base") + "/");
  };

  /* A page that the browser kept for its Back button is emptied when it is left and asked for again when it returns. */
  window.addEventListener("pagehide", function (event) {
    if (event.persisted) wipe();
  });
  window.addEventListener("pageshow", function (event) {
    if (!event.persisted) return;
    wipe();
    window.location.reload();
  });

  /* ---- talking to the server ---- */

  /* Where the hospital has switched JSON off, the page says the same. */
  function facts(text) {
    const page = new DOMParser().parseFromString(text, "text/html");
    const left = one("[data-session-left]", page);
    const version = one("form[data-paper] [name=version]", page);
    return {
      idle_left: left ? Number(left.getAttribute("data-session-left")) : undefined,
      version: version ? Number(version.value) : undefined,
      page: page,
    };
  }

  function answer(response) {
    if (!response.ok) throw new Error(String(response.status));
    const json = /json/.test(response.headers.get("Content-Type") || "");
    return json ? response.json() : response.text().then(facts);
  }

  function ask(path) {
    return fetch(body.getAttribute("data-base") + path, {
      headers: { Accept: "application/json" },
      credentials: "same-origin",
      cache: "no-store",
    }).then(answer);
  }

  portal.send = function (path, fields, { leaving, page } = {}) {
    const form = new URLSearchParams(fields || {});
    const token = one("input[name=csrf_token]");
    const stop = new AbortController();
    const patience = window.setTimeout(() => stop.abort(), 20000);
    if (token) form.set("csrf_token", token.value);
    return fetch(body.getAttribute("data-base") + path, {
      method: "POST",
      headers: {
        Accept: page ? "text/html" : "application/json",
        "Content-Type": "application/x-www-form-urlencoded",
      },
      credentials: "same-origin",
      cache: "no-store",
      keepalive: leaving && form.toString().length < 60000,
      body: form.toString(),
      signal: stop.signal,
    }).then(answer).finally(() => window.clearTimeout(patience));
  };

  /* ---- the end of the session: warned before, one key goes on, at the end nothing is left on the screen ---- */

  function idleWarning() {
    const box = one("[data-idle]");
    const warn = Number(body.getAttribute("data-session-warn"));
    if (!box || !warn) return;

    const stay = one("[data-idle-stay]", box);
    const left = one("[data-idle-left]", box);
    const say = one("[data-idle-say]", box);
    const last = Date.now() + Number(body.getAttribute("data-session-lifetime")) * 1000;
    let end = Math.min(Date.now() + Number(body.getAttribute("data-session-idle")) * 1000, last);
    let told = false; /* nothing makes it longer any more, and the reader knows */
    let before = null;
    let asking = false;
    let staying = false; /* the reader has pressed the key, and the server has not answered */

    const secondsLeft = () => Math.max(0, Math.ceil((end - Date.now()) / 1000));
    const others = () => Array.prototype.filter.call(body.children, (child) => child !== box);

    function hide() {
      if (box.hidden) return;
      box.hidden = true;
      others().forEach((child) => child.removeAttribute("inert"));
      if (before) before.focus();
    }

    function show() {
      if (!box.hidden) return;
      before = document.activeElement;
      box.hidden = false;
      others().forEach((child) => child.setAttribute("inert", ""));
      stay.focus();
    }

    function seen(view) {
      if (typeof view.idle_left === "number" && view.idle_left > 0) portal.alive(view.idle_left);
      else portal.leave();
    }

    /* A session that is over answers 401 or 404. No answer at all ends the page only when its time is up. */
    function failed(error) {
      if (secondsLeft() === 0 || /^40[134]$/.test(error.message)) portal.leave();
    }

    /* Another window may have gone on meanwhile: the server knows. */
    function check() {
      if (asking || leaving || (staying && secondsLeft() > 0)) return;
      asking = true;
      ask("/session").then(seen).catch(failed).then(function () {
        asking = false;
        if (secondsLeft() <= warn && !told && !staying) show();
      });
    }

    function tick() {
      const seconds = secondsLeft();
      if (seconds > warn || (told && seconds > 0)) return;
      if (box.hidden || seconds === 0) check();
      left.textContent = String(seconds);
      if (seconds % 15 === 0) say.textContent = left.parentNode.textContent;
    }

    portal.alive = function (seconds) {
      end = Math.min(Date.now() + seconds * 1000, last);
      body.hidden = false;
      if (seconds > warn) hide();
    };

    stay.addEventListener("click", function () {
      hide();
      staying = true;
      portal.send("/session").then(seen).catch(failed).then(function () {
        staying = false;
        told = secondsLeft() <= warn;
        if (told) hide();
      });
    });
    box.addEventListener("keydown", function (event) {
      if (event.key === "Escape") stay.click();
      if (event.key === "Tab") event.preventDefault();
    });
    /* Timers sleep with the device: whoever wakes it must not see the page of the one before. */
    document.addEventListener("visibilitychange", function () {
      if (document.hidden) return;
      if (secondsLeft() === 0) body.hidden = true;
      tick();
    });
    window.setInterval(tick, 1000);
  }

  portal.alive = function () {};

  /* ---- menus ---- */

  function menu(root) {
    const toggle = one("[data-menu-toggle]", root);
    const list = one("[data-menu-list]", root);
    const heading = one("[data-menu-heading]", root);
    const area = one("[data-menu-area]");
    let before = null;

    const items = () => all("a, button:not(:disabled)", list);

    function close() {
      if (list.hidden) return;
      list.hidden = true;
      if (toggle) toggle.setAttribute("aria-expanded", "false");
      if (before && list.contains(document.activeElement)) before.focus();
      before = null;
    }

    /* Where the pointer is, but whole on the screen. */
    function place(x, y) {
      list.setAttribute("data-menu-at", "");
      list.style.left = Math.max(8, Math.min(x, window.innerWidth - list.offsetWidth - 8)) + "px";
      list.style.top = Math.max(8, Math.min(y, window.innerHeight - list.offsetHeight - 8)) + "px";
    }

    function open(x, y) {
      if (list.hidden) before = document.activeElement === body ? toggle : document.activeElement;
      list.hidden = false;
      if (toggle) toggle.setAttribute("aria-expanded", "true");
      list.removeAttribute("data-menu-at");
      list.style.left = list.style.top = "";
      if (x !== undefined) place(x, y);
      else if (!toggle) place(area ? area.getBoundingClientRect().left : 8, 80);
      items()[0].focus();
    }

    function move(event) {
      const list_ = items();
      const at = list_.indexOf(document.activeElement);
      const to = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: -1 }[event.key];
      if (to === undefined) return;
      event.preventDefault();
      list_[(to + list_.length) % list_.length].focus();
    }

    root.setAttribute("data-menu-ready", "");
    list.hidden = true;
    if (heading) heading.className += " nhsuk-u-visually-hidden";
    if (toggle) {
      toggle.hidden = false;
      toggle.addEventListener("click", () => (list.hidden ? open() : close()));
      toggle.addEventListener("keydown", function (event) {
        if (event.key !== "ArrowDown") return;
        event.preventDefault();
        open();
      });
    }
    list.addEventListener("keydown", function (event) {
      if (event.key === "Escape") close();
      else if (event.key === "Tab") window.setTimeout(() => list.contains(document.activeElement) || close());
      else move(event);
    });
    list.addEventListener("click", function (event) {
      const item = event.target.closest("[data-menu-close], [type=button]");
      if (!item) return;
      event.preventDefault();
      close();
    });
    document.addEventListener("click", function (event) {
      if (!list.contains(event.target) && event.target !== toggle) close();
    });

    /* The context-menu key opens it from anywhere on the page but a field, right-click in its area. */
    const typing = (target) => target.closest && target.closest("input, textarea, select, [contenteditable]");
    let byKey = false;
    document.addEventListener("keydown", function (event) {
      byKey = event.key === "ContextMenu" || (event.key === "F10" && event.shiftKey);
      if (!byKey || typing(event.target)) return;
      event.preventDefault();
      open();
    });
    document.addEventListener("pointerdown", () => (byKey = false));
    document.addEventListener("contextmenu", function (event) {
      if (event.shiftKey && !byKey) return;
      if (typing(event.target)) return;
      if (byKey || list.contains(event.target)) event.preventDefault();
      else if (area && area.contains(event.target)) {
        event.preventDefault();
        open(event.clientX, event.clientY);
      }
    });
  }

  /* ---- small things ---- */

  function showPassword(button) {
    const input = document.getElementById(button.getAttribute("data-show-password"));
    const set = function (shown) {
      input.type = shown ? "text" : "password";
      one("[data-show]", button).hidden = shown;
      one("[data-hide]", button).hidden = !shown;
    };
    button.hidden = false;
    button.addEventListener("click", () => set(input.type === "password"));
    /* Browsers remember what was typed into a text field: it is sent as a password again. */
    if (input.form) input.form.addEventListener("submit", () => set(false));
  }

  function printButton(button) {
    button.hidden = false;
    button.addEventListener("click", () => window.print());
  }

  /* Puts a value that the page offers into a field, which is looked at before it is sent. */
  function fillButton(button) {
    const field = document.getElementById(button.getAttribute("data-fill"));
    button.hidden = false;
    button.addEventListener("click", function () {
      field.value = button.getAttribute("data-fill-with");
      field.focus();
    });
  }

  /* A second click on the same button sends nothing while the first is under way. */
  function sendOnce(form) {
    let sent = 0;
    form.addEventListener("submit", function (event) {
      if (event.defaultPrevented) return;
      if (Date.now() - sent < 5000) event.preventDefault();
      else sent = Date.now();
    });
  }

  function errorSummary(box) {
    box.focus();
    box.addEventListener("click", function (event) {
      const link = event.target.closest("a");
      const target = link && document.getElementById(link.hash.slice(1));
      const field = target && (target.matches("input, select, textarea") ? target : one("input", target));
      if (!field) return;
      event.preventDefault();
      (target.closest(".nhsuk-form-group") || target).scrollIntoView();
      field.focus({ preventScroll: true });
    });
  }

  /* What is mostly wanted next at the desk has the focus: the last part of the page that says so, or its first control. */
  function begin(parts) {
    const part = parts.pop();
    if (!part || document.activeElement !== body || window.location.hash) return;
    const can = "a[href], input:not([type=hidden]), select, textarea, button:not([hidden]):not(:disabled)";
    const control = part.matches("[tabindex]") ? part : one(can, part);
    if (control) control.focus({ preventScroll: true });
  }

  all("[data-show-password]").forEach(showPassword);
  all("[data-print]").forEach(printButton);
  all("[data-fill]").forEach(fillButton);
  all("[data-menu]").forEach(menu);
  all("form[method=post]").forEach(sendOnce);
  all("[data-error-summary]").forEach(errorSummary);
  begin(all("[data-begin]"));
  idleWarning();
})();
