"use strict";
// The pages of `explain` as a whole against what was read once: see recorded.js.
const {recordedTests} = require("./recorded.js");

recordedTests((name) => /^(explain|slope)/.test(name));
