/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A form to fill in: what is typed is saved while it is typed, so that nothing is lost when the session ends or the
 * tablet is put down. What the answers change on the page (scores, questions that they open or close) is taken from the
 * server's answer to that. The page works without: "Save and continue" saves as well.
 */
(function () {
  "use strict";

  const form = document.querySelector("form[data-paper]");
  const portal = window.portal;
  if (!form || !portal || !portal.send) return;

  const pause = 2000; /* after the last key, in milliseconds */
  const patience = 5000; /* after a save that failed */
  const moment = 200; /* after an answer on a page that answers change */
  const live = form.getAttribute("data-paper") === "live";
  const path = form.getAttribute("action").slice((document.body.getAttribute("data-base") || "").length);
  const idle = Number(document.body.getAttribute("data-session-idle"));
  let timer = null;
  let busy = null; /* a save that is under way */
  let sent = null; /* what it says */
  let again = false; /* something was typed during it */
  let waiting = null; /* until a save that failed is tried again */
  let stopped = false;

  /* ---- what answers change on the page ---- */

  const controls = "input, select, textarea, button";

  /* What a part of the page is known by: questions by their names, groups also by their words (the same name may be
   * under another answer now), other words by themselves. */
  function nameOf(part) {
    const control = part.matches(controls) ? part : part.querySelector(controls);
    const legend = part.querySelector(":scope > legend");
    if (part.id) return part.id + (legend ? "=" + legend.textContent : "");
    if (!control) return part.textContent;
    return control.name + (control.matches("button") ? "=" + control.value : "");
  }

  /* What stands under one answer of a question: the question, and with the answer's number where it is not the first. */
  function stemOf(part) {
    const [, question, number] = /^field-(.+?)(-\d+)?\.\d+\.about$/.exec(part.id) || [];
    return { question, stem: question + (number || "") };
  }

  /* Gives all that stands in a part the names that begin otherwise. */
  function rename(part, from, to) {
    const word = (text) =>
      text.replace(/^(field-)?(.*)$/, (all, sort = "", name) => sort + (name.startsWith(from + ".") ? to + name.slice(from.length) : name));
    [part].concat(Array.from(part.querySelectorAll("*"))).forEach(function (element) {
      ["id", "name", "for", "aria-describedby", "data-other"].concat(element.matches("button") ? "value" : []).forEach(function (name) {
        const text = element.getAttribute(name);
        if (text) element.setAttribute(name, text.split(" ").map(word).join(" "));
      });
    });
  }

  /* An answer that goes makes those behind it move up, and what stands under them is named after the answer: it is
   * renamed, with the boxes that somebody may be typing in. It is the same by the answer's words; where these are typed
   * themselves, by its place. */
  function follow(now, fresh) {
    const others = (parts, than) => Array.from(parts.children).filter((part) => stemOf(part).question && !than.has(nameOf(part)));
    const names = (parts) => new Set(Array.from(parts.children).map(nameOf));
    const legend = (part) => part.querySelector(":scope > legend");
    const words = (part) => stemOf(part).question + "=" + legend(part).textContent;
    const stem = (part) => stemOf(part).stem;
    const typed = (part) => form.querySelector(".portal-several > [name='" + stemOf(part).question + "']");
    const place = (part) => (typed(part) ? stem(part) : part);
    const left = others(now, names(fresh));
    const came = others(fresh, names(now));
    const pairs = [];

    function pair(same) {
      came.slice().forEach(function (part) {
        const there = left.find((other) => same(other) === same(part));
        if (!there) return;
        pairs.push([there, part]);
        left.splice(left.indexOf(there), 1);
        came.splice(came.indexOf(part), 1);
      });
    }

    pair(words);
    pair(place);
    /* by way of names that nothing has: two groups of radio buttons must never have the same */
    pairs.forEach(([there], i) => rename(there, stem(there), "moving" + i));
    pairs.forEach(function ([there, part], i) {
      rename(there, "moving" + i, stem(part));
      there.id = part.id;
      legend(there).replaceChildren.apply(legend(there), Array.from(legend(part).cloneNode(true).childNodes));
    });
  }

  /* What was typed since the save began into a question that it closes stands there again when the question is back. */
  const texts = "input[type=text], textarea";
  const kept = new Map();

  function keep(part) {
    part.querySelectorAll(texts).forEach(function (box) {
      if (!stemOf(part).question && sent.getAll(box.name).indexOf(box.value) < 0) kept.set(box.id, box.value);
    });
  }

  function bring(part) {
    part.querySelectorAll(texts).forEach(function (box) {
      if (!kept.has(box.id)) return;
      box.value = kept.get(box.id);
      kept.delete(box.id);
      later();
    });
    return part;
  }

  /* The server tells boxes of one question apart by their places: one that was emptied, which it has no more, goes
   * before the next save. */
  function note(boxes) {
    boxes.slice(0, -1).forEach(function (box, i) {
      if (!box.value && !sent.getAll(box.name)[i]) box.setAttribute("data-gone", "");
    });
  }

  function tidy() {
    form.querySelectorAll("[data-gone]").forEach(function (box) {
      if (!box.value && box !== document.activeElement) box.parentNode.remove();
    });
  }

  /* Only what comes, what goes and what nobody types in: a box is never written over. */
  function renew(now, fresh) {
    const names = new Map();
    follow(now, fresh);
    Array.from(now.children).forEach((part) => names.set(nameOf(part), part));
    const next = Array.from(fresh.children);
    const stays = new Set(next.map(nameOf));
    let at = null;
    Array.from(now.children).forEach(function (part) {
      if (stays.has(nameOf(part))) return;
      keep(part);
      part.remove();
    });
    next.forEach(function (part) {
      const there = names.get(nameOf(part));
      if (!there) now.insertBefore(bring(document.adoptNode(part)), at ? at.nextSibling : now.firstChild);
      else if (there.matches(".portal-form-group")) renew(there, part);
      else if (there.querySelector(controls)) note(Array.from(there.querySelectorAll(".portal-several > input")));
      else if (!there.isEqualNode(part))
        there.replaceChildren.apply(there, Array.from(part.childNodes));
      at = there || part;
    });
  }

  /* ---- saving ---- */

  function saved(view) {
    if (typeof view.version !== "number") throw new Error("no version");
    form.elements.version.value = String(view.version);
    if (idle) portal.alive(idle);
    const fresh = live && view.page.querySelector("form[data-paper]");
    if (!fresh || fresh.elements.number.value !== form.elements.number.value) return;
    const focus = document.activeElement;
    renew(form.querySelector("[data-paper-nodes]"), fresh.querySelector("[data-paper-nodes]"));
    const there = focus.id && document.activeElement !== focus && document.getElementById(focus.id);
    if (there) there.focus();
  }

  /* A line or a server that is away for a while comes back: it is tried again. Otherwise another window was faster, or
   * the session is over: the button will show it. */
  function failed(error) {
    if (/^(TypeError|AbortError)$/.test(error.name) || /^5/.test(error.message)) return window.setTimeout(save, patience);
    stopped = true;
    say("stopped", error.message === "409");
  }

  function say(what, holds) {
    const words = form.querySelector("[data-paper-" + what + "]");
    if (words) words.hidden = !holds;
  }

  /* data-unsaved: something was typed that the server has not said to have. */
  function mark() {
    form.toggleAttribute("data-unsaved", timer !== null || busy !== null || waiting !== null || stopped);
  }

  function save(leaving) {
    if (timer) window.clearTimeout(timer);
    if (waiting) window.clearTimeout(waiting);
    timer = waiting = null;
    again = busy !== null;
    if (stopped || busy) return;
    tidy();
    const fields = new URLSearchParams(new FormData(form));
    fields.set("keep", "1");
    sent = fields;
    busy = portal.send(path, fields, { leaving: leaving === true, page: live }).then(saved).catch(failed).then(function (waits) {
      busy = null;
      waiting = waits || null;
      say("waits", waiting !== null);
      if (again) later();
      mark();
    });
  }

  function later(event) {
    if (timer) window.clearTimeout(timer);
    timer = window.setTimeout(save, live && event && event.type === "change" ? moment : pause);
    mark();
  }

  /* A button that is pressed during a save waits for it, so that the page's version is the right one. */
  form.addEventListener(
    "submit",
    function (event) {
      const button = event.submitter;
      if (timer) window.clearTimeout(timer);
      timer = null;
      if (!busy) {
        tidy();
        stopped = true;
        return;
      }
      event.preventDefault();
      event.stopImmediatePropagation();
      busy.then(function () {
        tidy();
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
      if (timer || waiting) save();
      if (!busy) return;
      event.preventDefault();
      event.stopImmediatePropagation();
      busy.then(() => other.requestSubmit(button));
    },
    true
  );

  /* By a link, by closing the window, or by putting the device away. */
  function leave() {
    if (timer || waiting) save(true);
  }
  window.addEventListener("pagehide", leave);
  document.addEventListener("visibilitychange", () => document.hidden && leave());

  form.addEventListener("input", later);
  form.addEventListener("change", later);

  /* ---- what came from the record or from last time, until it is changed ---- */

  form.addEventListener("input", function (event) {
    for (let part = event.target; part !== form; part = part.parentNode) {
      const mark = part.matches(".nhsuk-form-group") && part.querySelector("[data-marked]");
      if (mark) mark.remove();
    }
  });

  /* ---- words for "something else" ---- */

  const choiceOf = (words) => document.getElementById(words.getAttribute("data-other"));

  form.addEventListener("input", function (event) {
    const words = event.target;
    if (words.matches("[data-other]") && words.value.trim()) choiceOf(words).checked = true;
  });
  form.addEventListener("change", function (event) {
    form.querySelectorAll("[data-other]").forEach(function (words) {
      const choice = choiceOf(words);
      if (event.target.name === choice.name && !choice.checked) words.value = "";
    });
  });
})();
