/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Drawing a signature beside the typed name. What is sent are the points of the strokes, which the server draws again;
 * without script, by keyboard or with a screen reader the typed name alone is the signature.
 */
(function () {
  "use strict";

  const area = document.querySelector("[data-sign]");
  const field = document.querySelector("[data-sign-strokes]");
  if (!area || !field || !window.SignaturePad) return;

  const canvas = area.querySelector("canvas");
  const most = 20000; /* characters that the server takes */
  area.hidden = false;
  const pad = new window.SignaturePad(canvas, { minWidth: 1.5, maxWidth: 3 });

  /* The canvas is as wide as the page lets it be; the points count in its own square. */
  function point(p) {
    const x = Math.round((p.x * canvas.width) / canvas.offsetWidth);
    const y = Math.round((p.y * canvas.height) / canvas.offsetHeight);
    return `${Math.min(Math.max(x, 0), canvas.width)},${Math.min(Math.max(y, 0), canvas.height)}`;
  }

  function text(step) {
    return pad
      .toData()
      .map((stroke) => stroke.points.filter((_, i, all) => i % step === 0 || i === all.length - 1).map(point).join(" "))
      .join(";");
  }

  function keep() {
    let step = 1;
    while (text(step).length > most && step < 64) step *= 2;
    field.value = text(step);
  }

  /* After an error the drawing is there still. */
  function restore() {
    const strokes = field.value.split(";").filter(Boolean);
    if (!strokes.length) return;
    pad.fromData(
      strokes.map((stroke) => ({
        penColor: "black", minWidth: 1.5, maxWidth: 3, dotSize: 0, velocityFilterWeight: 0.7, compositeOperation: "source-over",
        points: stroke.split(" ").map(function (at, i) {
          const [x, y] = at.split(",").map(Number);
          return { x: (x * canvas.offsetWidth) / canvas.width, y: (y * canvas.offsetHeight) / canvas.height, pressure: 0.5, time: i };
        }),
      }))
    );
  }

  pad.addEventListener("endStroke", keep);
  area.querySelector("[data-sign-clear]").addEventListener("click", function () {
    pad.clear();
    field.value = "";
  });
  restore();
})();
