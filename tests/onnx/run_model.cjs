// Whether FOLDER/model.onnx computes, run by ONNX Runtime, the "logits" that FOLDER/logits.safetensors holds for its
// "x". tests/weights_test.cpp runs it where the package onnxruntime-web (or -node) can be found, in NODE_PATH:
//
//   node run_model.cjs FOLDER
const fs = require("node:fs");
const path = require("node:path");

function runtime() {
  try {
    return require("onnxruntime-web");
  } catch {
    return require("onnxruntime-node");
  }
}

function load(file) {
  const bytes = fs.readFileSync(file);
  const headerEnd = 8 + Number(bytes.readBigUInt64LE(0));
  const header = JSON.parse(bytes.subarray(8, headerEnd).toString());
  return Object.fromEntries(Object.entries(header).map(([name, entry]) => {
    const [begin, end] = entry.data_offsets.map((offset) => headerEnd + offset);
    return [name, {shape: entry.shape, data: new Float32Array(bytes.buffer.slice(bytes.byteOffset + begin, bytes.byteOffset + end))}];
  }));
}

async function main() {
  const ort = runtime();
  const folder = process.argv[2];
  const {x, logits} = load(path.join(folder, "logits.safetensors"));
  const session = await ort.InferenceSession.create(path.join(folder, "model.onnx"));
  let largest = 0;
  for (const rows of [x.shape[0], 1]) {  // the batch dimension is free
    const columns = x.shape[1];
    const input = new ort.Tensor("float32", x.data.slice(0, rows * columns), [rows, columns]);
    const output = (await session.run({x: input})).logits;
    if (output.dims.join() !== [rows, logits.shape[1]].join()) throw new Error("logits of shape " + output.dims);
    output.data.forEach((value, i) => { largest = Math.max(largest, Math.abs(value - logits.data[i])); });
  }
  console.log("largest difference of logits:", largest.toExponential(1));
  process.exit(largest < 1e-4 ? 0 : 1);
}

main().catch((error) => {
  console.error(error);
  process.exit(1);
});
