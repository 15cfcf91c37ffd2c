"use strict";
// Drawing by pointer (mouse, finger, pen) and by keyboard. Both call draw(from, to) with points of the board's field,
// and settle() when a stroke is done.

function listenToPointer({canvas, field}, draw, settle) {
  let last = null;  // where the pen is; null while it is up
  const pointOf = (event) => {
    const box = canvas.getBoundingClientRect();
    return {x: (event.clientX - box.left) / box.width * field.columns, y: (event.clientY - box.top) / box.height * field.rows};
  };
  const lift = () => {
    if (last) settle();
    last = null;
  };
  canvas.addEventListener("pointerdown", (event) => {
    if (event.button !== 0 || !event.isPrimary) return;
    event.preventDefault();
    canvas.focus({focusVisible: false});
    canvas.setPointerCapture(event.pointerId);
    last = pointOf(event);
    draw(last, last);
  });
  canvas.addEventListener("pointermove", (event) => {
    if (!last || !event.isPrimary) return;
    const events = event.getCoalescedEvents?.() ?? [];
    for (const point of (events.length ? events : [event]).map(pointOf)) {
      draw(last, point);
      last = point;
    }
  });
  for (const end of ["pointerup", "pointercancel"]) canvas.addEventListener(end, lift);
}

function listenToKeys({canvas, field}, cursor, draw, settle, clear) {
  const ways = {ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1]};
  const step = Math.max(field.rows, field.columns) / 28, held = new Set();
  let pen = {x: field.columns / 2, y: field.rows / 4}, down = false;
  const showCursor = () => {
    cursor.hidden = false;
    cursor.classList.toggle("down", down);
    cursor.style.left = `${100 * pen.x / field.columns}%`;
    cursor.style.top = `${100 * pen.y / field.rows}%`;
  };
  const within = (x, size) => Math.max(0, Math.min(size, x));
  const move = () => {  // two arrows at a time go diagonally
    const from = pen, along = (axis) => [...held].reduce((sum, key) => sum + ways[key][axis], 0);
    pen = {x: within(pen.x + step * along(0), field.columns), y: within(pen.y + step * along(1), field.rows)};
    if (down) draw(from, pen);
  };
  const set = (isDown) => {
    down = isDown;
    if (down) draw(pen, pen);
    else settle();
  };
  canvas.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.altKey || event.metaKey) return;
    if (event.key in ways) {
      held.add(event.key);
      move();
    } else if (event.key === " ") {
      if (!event.repeat) set(!down);
    } else if (event.key === "Escape" || event.key === "Delete" || event.key === "Backspace") {
      down = false;
      clear();
    } else {
      return;
    }
    event.preventDefault();
    event.stopPropagation();  // here the keys are the pen's
    showCursor();
  });
  canvas.addEventListener("keyup", (event) => held.delete(event.key));
  canvas.addEventListener("pointerdown", () => { cursor.hidden = true; });
  canvas.addEventListener("blur", () => {
    held.clear();
    if (down) set(false);
    cursor.hidden = true;
  });
}
