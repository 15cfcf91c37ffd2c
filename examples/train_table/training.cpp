#include <gradus/core/error.h>
#include <gradus/core/io/predictions.h>
#include <gradus/core/io/safetensors.h>
#include <gradus/examples/train_table/training.h>
#include <gradus/examples/training/evaluation.h>
#include <gradus/layers/linear.h>
#include <gradus/layers/relu.h>
#include <gradus/optim/adam.h>

#include <algorithm>
#include <cmath>
#include <numeric>

namespace gradus::examples::tables {
namespace {

constexpr std::size_t fewest_rows = 10;
constexpr const char* schema_key = "columns";  // in the file's metadata

Part make_part(const Schema& schema, const Table& table, const std::vector<std::size_t>& rows) {
  Part part = {.rows = rows, .x = encode(schema, table, rows)};
  if (schema.classification()) {
    part.labels = labels(schema, table, rows);
  } else {
    part.y = numbers(schema, table, rows);
  }
  return part;
}

Tensor pick(const Tensor& x, std::span<const std::size_t> rows) {  // [n, c]
  const auto columns = static_cast<std::size_t>(x.size(1));
  Tensor picked = Tensor::uninitialized({static_cast<std::int64_t>(rows.size()), x.size(1)});
  Scalar* to = picked.mutable_data();
  for (const std::size_t row : rows) to = std::copy_n(x.data() + row * columns, columns, to);
  return picked;
}

Part pick(const Part& part, std::span<const std::size_t> rows) {
  Part picked = {.x = pick(part.x, rows)};
  if (part.y.count() > 0) picked.y = pick(part.y, rows);
  for (const std::size_t row : rows) {
    if (!part.labels.empty()) picked.labels.push_back(part.labels[row]);
  }
  return picked;
}

Variable loss_of(const Schema& schema, const Variable& outputs, const Part& part) {
  if (schema.classification()) return cross_entropy(outputs, part.labels);
  return mse(outputs, outputs.tape()->input(part.y));
}

}  // namespace

Data part_rows(const Table& table, Schema schema, Rng& rng) {
  std::vector<std::size_t> rows;
  for (std::size_t row = 0; row < table.rows.size(); ++row) {
    if (!table.cell(row, schema.target).empty()) rows.push_back(row);
  }
  if (rows.size() < fewest_rows) {
    throw std::runtime_error(text(table.name, ": column ", schema.target + 1, " (", schema.to_learn().name,
                                  "): known in ", rows.size(),
                                  " rows; to be parted into training, validation and "
                                  "held-out rows, there must be ",
                                  fewest_rows));
  }
  rng.shuffle(std::span(rows));
  if (schema.classification()) {
    std::ranges::stable_sort(rows, {}, [&](std::size_t row) { return table.cell(row, schema.target); });
  }
  std::vector<std::size_t> parts[5];  // dealt like cards
  for (std::size_t i = 0; i < rows.size(); ++i) parts[i % 5].push_back(rows[i]);
  for (const std::size_t i : {3u, 4u}) parts[2].insert(parts[2].end(), parts[i].begin(), parts[i].end());
  learn_columns(schema, table, parts[2]);
  return {schema, make_part(schema, table, parts[2]), make_part(schema, table, parts[1]),
          make_part(schema, table, parts[0])};
}

Sequential make_model(const Schema& schema, const std::vector<std::int64_t>& hidden, Rng& rng) {
  Sequential model;
  std::int64_t inputs = schema.inputs();
  for (const std::int64_t size : hidden) {
    model.add<Linear>(inputs, size, rng);
    model.add<ReLU>();
    inputs = size;
  }
  model.add<Linear>(inputs, schema.outputs(), rng);
  return model;
}

Score score(const Schema& schema, const Tensor& outputs, const Part& part) {
  Tape tape(Recording::off);
  const double loss = loss_of(schema, tape.input(outputs), part).item();
  if (schema.classification()) return {loss, accuracy(outputs, part.labels)};
  return {loss, std::sqrt(loss) * schema.to_learn().standard.deviation};
}

Tensor guess(const Data& data, const Part& part) {
  Tensor outputs = Tensor::zeros({part.x.size(0), data.schema.outputs()});  // 0 is the training rows' mean
  if (!data.schema.classification()) return outputs;
  std::vector<Scalar> counts(data.schema.to_learn().categories.size());
  for (const std::int32_t label : data.train.labels) ++counts[static_cast<std::size_t>(label)];
  return broadcast_to(Tensor({1, data.schema.outputs()}, counts), outputs.shape());
}

Fit fit(Sequential& model, const Data& data, const Options& options, Rng& rng, Progress& progress,
        const std::function<void(const EpochRecord&)>& each) {
  const std::size_t count = data.train.rows.size(), size = static_cast<std::size_t>(options.batch_size);
  AdamW optimizer(model.parameters(), {.learning_rate = options.learning_rate, .weight_decay = options.weight_decay});
  std::vector<std::size_t> order(count);
  std::iota(order.begin(), order.end(), 0);
  const InterruptHandler interrupt;
  Fit result;
  StateDict best;
  double least = std::numeric_limits<double>::infinity();
  Tape tape;
  progress.begin_training(options.epochs);
  for (std::int64_t epoch = 1; epoch <= options.epochs && epoch - result.best_epoch <= options.patience; ++epoch) {
    progress.begin_epoch(epoch, static_cast<std::int64_t>((count + size - 1) / size));
    rng.shuffle(std::span(order));
    double sum = 0;
    for (std::size_t first = 0; first < count && !interrupt.requested(); first += size) {
      const Part batch = pick(data.train, std::span(order).subspan(first, std::min(size, count - first)));
      const Variable loss = loss_of(data.schema, model(tape.input(batch.x)), batch);
      optimizer.zero_grad();
      tape.backward(loss);
      optimizer.step();
      sum += loss.item() * static_cast<double>(batch.x.size(0));
      tape.clear();
      progress.batch(batch.x.size(0), sum / static_cast<double>(std::min(first + size, count)));
    }
    result.interrupted = interrupt.requested();
    if (result.interrupted) break;
    progress.end_epoch();
    const Score validation = score(data.schema, infer(model, data.validation.x), data.validation);
    if (!std::isfinite(validation.loss) || !std::isfinite(sum)) {
      throw std::runtime_error(
          text("the loss is not finite in epoch ", epoch, ": try a lower --lr than ", options.learning_rate));
    }
    result.history.push_back({epoch, sum / static_cast<double>(count), progress.train_seconds(), validation});
    each(result.history.back());
    if (validation.loss < least) {
      least = validation.loss;
      best = model.state_dict();
      result.best_epoch = epoch;
    }
  }
  if (!best.empty()) model.load_state_dict(best);
  return result;
}

// "pt" is what PyTorch's users expect there: keys and layouts of the weights are PyTorch's.
void save_network(const std::string& path, const Schema& schema, const Sequential& model) {
  save_safetensors(path, model.state_dict(), {{"format", "pt"}, {schema_key, schema_json(schema).str()}});
}

Network load_network(const std::string& path) {
  const Safetensors file = load_safetensors(path);
  const std::string* columns = find(file.metadata, schema_key);
  if (!columns) throw std::runtime_error(path + ": was not written by --save of train_table");
  try {
    const Schema schema = parse_schema(*columns);
    std::vector<std::int64_t> sizes = {schema.inputs()};
    for (std::size_t i = 0; const StateValue* weight = find(file.state, text(i, ".weight")); i += 2) {
      const Tensor* w = std::get_if<Tensor>(weight);
      if (!w || w->rank() != 2 || w->size(1) != sizes.back()) {
        throw std::runtime_error(text(i, ".weight does not have ", sizes.back(), " columns"));
      }
      sizes.push_back(w->size(0));
    }
    if (sizes.size() < 2 || sizes.back() != schema.outputs()) {
      throw std::runtime_error(text("its weights do not end in ", schema.outputs(), " outputs"));
    }
    const std::vector<std::int64_t> hidden(sizes.begin() + 1, sizes.end() - 1);
    Rng rng(1);
    Network network = {schema, make_model(schema, hidden, rng)};
    network.model.load_state_dict(file.state);
    return network;
  } catch (const std::exception& error) {
    throw std::runtime_error(path + ": " + error.what());
  }
}

}  // namespace gradus::examples::tables
