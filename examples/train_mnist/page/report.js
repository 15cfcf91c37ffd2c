"use strict";
// The page put together: each section from what the program measured.

const run = pageData("run");
const network = pageData("network");

if (network) {
  const section = document.getElementById("draw");
  section.hidden = false;
  drawDigit(section, network);
}
