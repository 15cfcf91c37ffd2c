"use strict";
// Pages as a whole against what was read once: see recorded.js. (Those of explain: recorded_explain_test.js.)
const {recordedTests} = require("./recorded.js");

recordedTests((name) => !/^(explain|slope)/.test(name));
