/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A form to fill in: what is typed is saved while it is typed, so that nothing is lost when the session ends or the
 * tablet is put down. The page works without: "Save and continue" saves as well.
 */
(function () {
  "use strict";

  const form = document.querySelector("form[data-paper]");
  const portal = window.portal;
  if (!form || !portal || !portal.send) return;

  const pause = 2000; /* after the last key, in milliseconds */
  const path = form.getAttribute("action").slice((document.body.getAttribute("data-base") || "").length);
  const idle = Number(document.body.getAttribute("data-session-idle"));
  let timer = null;
  let busy = null; /* a save that is under way */
  let stopped = false;

  /* ---- saving ---- */

  function saved(view) {
    if (typeof view.version !== "number") throw new Error("no version");
    form.elements.version.value = String(view.version);
    if (idle) portal.alive(idle);
  }

  /* Another window was faster, or the session is over: the button will show it. */
  function failed() {
    stopped = true;
  }

  function save(leaving) {
    if (timer) window.clearTimeout(timer);
    timer = null;
    if (stopped || busy) return;
    const fields = new URLSearchParams(new FormData(form));
    fields.set("keep", "1");
    busy = portal.send(path, fields, leaving === true).then(saved).catch(failed).then(function () {
      busy = null;
    });
  }

  function later() {
    if (timer) window.clearTimeout(timer);
    timer = window.setTimeout(save, pause);
  }

  /* A button that is pressed during a save waits for it, so that the page's version is the right one. */
  form.addEventListener(
    "submit",
    function (event) {
      const button = event.submitter;
      if (timer) window.clearTimeout(timer);
      timer = null;
      if (!busy) {
        stopped = true;
        return;
      }
      event.preventDefault();
      event.stopImmediatePropagation();
      busy.then(function () {
        stopped = true;
        form.requestSubmit(button);
      });
    },
    true
  );

  /* Finish, Sign out and another language wait until the last words are saved. */
  document.addEventListener(
    "submit",
    function (event) {
      const other = event.target;
      const button = event.submitter;
      if (other === form) return;
      if (timer) save();
      if (!busy) return;
      event.preventDefault();
      event.stopImmediatePropagation();
      busy.then(() => other.requestSubmit(button));
    },
    true
  );

  /* By a link, by closing the window, or by putting the device away. */
  function leave() {
    if (timer) save(true);
  }
  window.addEventListener("pagehide", leave);
  document.addEventListener("visibilitychange", () => document.hidden && leave());

  form.addEventListener("input", later);
  form.addEventListener("change", later);

  /* ---- words for "something else" ---- */

  form.querySelectorAll("[data-other]").forEach(function (words) {
    const choice = document.getElementById(words.getAttribute("data-other"));
    words.addEventListener("input", function () {
      if (words.value.trim()) choice.checked = true;
    });
    form.addEventListener("change", function (event) {
      if (event.target.name === choice.name && !choice.checked) words.value = "";
    });
  });
})();
