"use strict";
// Puts the page together.

const run = pageData("run");
document.title = run.title;
byId("title").textContent = run.title;
byId("text").textContent = run.text;
byId("text").hidden = !run.text;
byId("code").textContent = run.code;
byId("code").hidden = !run.code;
const walkOfPage = startWalk(run);
startLearning(run, (tape) => walkOfPage.show({...run, tape}));
byId("end").textContent = endName(walkOfPage.walk);
if (run.smoothing) startSmoothing();
const ordersRun = pageData("orders-run");
if (ordersRun) startOrders(ordersRun);
const anatomyRun = pageData("anatomy-run");
if (anatomyRun) startAnatomy(anatomyRun);
