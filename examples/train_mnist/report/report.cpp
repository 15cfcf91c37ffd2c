#include <gradus/core/io/json.h>
#include <gradus/core/tensor/arithmetic.h>
#include <gradus/examples/pages/base64.h>
#include <gradus/examples/pages/page.h>
#include <gradus/examples/train_mnist/model.h>
#include <gradus/examples/train_mnist/network_data.h>
#include <gradus/examples/train_mnist/report/mistakes.h>
#include <gradus/examples/train_mnist/report/report.h>
#include <gradus/layers/summary.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>

namespace gradus_examples {
PageFiles report_files();
}

namespace gradus::examples {
namespace {

// Bytes of pictures on a page: for examples in the confusion matrix, for mistakes, for weights.
constexpr std::int64_t example_bytes = 200'000, mistake_bytes = 100'000, weight_bytes = 200'000;
constexpr std::size_t most_mistakes = 48, most_weights = 64, examples_a_cell = 3, most_features = 512;
constexpr std::size_t most_epochs = 1000;

// Few digits are enough for a picture.
JsonText number(double value) { return {value, 4}; }
JsonText numbers(const std::vector<double>& values) { return json_list(values, number); }
// Where a negative number says that nothing is known.
JsonText known(const std::vector<double>& values) {
  return json_list(values, [](double value) { return value < 0 ? JsonText(nullptr) : number(value); });
}

// Sorting needs an order, and there is none with a NaN: weights that were loaded may have one.
double sortable(double x) { return std::isnan(x) ? std::numeric_limits<double>::infinity() : x; }

// ---- pictures

JsonText picture(std::span<const std::uint8_t> bytes) {
  return base64({reinterpret_cast<const char*>(bytes.data()), bytes.size()});
}

JsonText mistake(const Mistake& m, const ImageSet& set) {
  return {{"index", m.image},
          {"label", m.label},
          {"prediction", m.prediction},
          {"loss", {m.loss, 6}},
          {"probabilities", json_list(m.probabilities, number)},
          {"image", picture(set.image(m.image))}};
}

JsonText worst(const std::vector<Mistake>& wrong, const ImageSet& set) {
  const auto most = static_cast<std::size_t>(mistake_bytes / set.image_size());
  const std::size_t count = std::min({wrong.size(), most_mistakes, most});
  return json_list(std::span(wrong).first(count), [&](const Mistake& m) { return mistake(m, set); });
}

// Of each kind of mistake the worst few.
JsonText confusion_examples(const std::vector<Mistake>& wrong, const ImageSet& set) {
  std::map<std::pair<int, int>, std::size_t> count;
  JsonText chosen = JsonText::written("[]");
  std::int64_t bytes = 0;
  for (const Mistake& m : wrong) {
    if (bytes + set.image_size() > example_bytes) break;
    if (++count[{m.label, m.prediction}] > examples_a_cell) continue;
    bytes += set.image_size();
    chosen.add(
        {{"index", m.image}, {"label", m.label}, {"prediction", m.prediction}, {"image", picture(set.image(m.image))}});
  }
  return chosen;
}

// How much each pixel varies over the first 2,000 images, as bytes up to 255 for the one that does most.
JsonText pixel_deviations(const ImageSet& set) {
  const std::int64_t count = std::min<std::int64_t>(set.count, 2000);
  const Tensor x = Batches(set, 0, count, count)[0].images, d = x - mean(x, {0});
  const Tensor deviations = sqrt(mean(d * d, {0}));
  const double most = std::ranges::max(deviations.values());
  std::vector<std::uint8_t> bytes;
  for (const double deviation : deviations.values()) {
    bytes.push_back(static_cast<std::uint8_t>(std::lround(most > 0 ? deviation / most * 255 : 0)));
  }
  return picture(bytes);
}

// Incoming weights of the units of largest norm, each as bytes from -scale (1) by 0 (128) to scale (255). In a
// convolutional net they are filters, with no pixel of the image for each weight.
JsonText first_weights(Sequential& model, const ImageSet& set) {
  const auto parameters = model.named_parameters();
  const Tensor& first = parameters.front().value->value();  // [units, pixels] or [units, channels, height, width]
  const bool filters = first.rank() == 4;
  const std::int64_t pixels = first.count() / first.size(0), columns = filters ? first.size(3) : set.columns;
  const Tensor w = first.reshape({first.size(0), pixels});
  std::vector<std::pair<double, std::int64_t>> units;
  const Tensor norms = sqrt(sum(w * w, {1}));
  for (const double norm : norms.values()) units.emplace_back(-sortable(norm), units.size());
  std::ranges::sort(units);
  const auto most = static_cast<std::size_t>(weight_bytes / pixels);
  units.resize(std::min({units.size(), most_weights, most}));
  const JsonText pictures = json_list(units, [&](const auto& unit) -> JsonText {
    const Tensor row = w.rows(unit.second, unit.second + 1);
    double scale = 0;
    for (const double value : row.values()) scale = std::max(scale, std::abs(value));
    std::vector<std::uint8_t> bytes;
    for (const double value : row.values()) {
      bytes.push_back(static_cast<std::uint8_t>(128 + std::lround(scale > 0 ? value / scale * 127 : 0)));
    }
    return {{"unit", unit.second}, {"norm", number(-unit.first)}, {"scale", number(scale)}, {"image", picture(bytes)}};
  });
  return {{"units", w.size(0)},  {"rows", pixels / columns},
          {"columns", columns},  {"name", parameters.front().name},
          {"filters", filters},  {"pixelDeviations", units.empty() || filters ? nullptr : pixel_deviations(set)},
          {"pictures", pictures}};
}

// ---- records

JsonText histogram_json(const Histogram& h) {
  return {{"low", number(h.low)},     {"high", number(h.high)}, {"counts", h.counts},
          {"zeros", number(h.zeros)}, {"mean", number(h.mean)}, {"deviation", number(h.deviation)}};
}

JsonText record_json(const EpochRecord& r) {
  return {{"epoch", r.epoch},
          {"activations", json_list(r.activations, histogram_json)},
          {"gradients", json_list(r.gradients, histogram_json)},
          {"silent", known(r.silent)},
          {"parameters", json_list(r.parameters, histogram_json)},
          {"updates", known(r.updates)},
          {"meanGap", known(r.mean_gap)},
          {"spreadGap", known(r.spread_gap)},
          {"trainLoss", {r.train_loss, 6}},
          {"trainAccuracy", {r.train_accuracy, 6}}};
}

JsonText batch_norm_json(const BatchNormRecord& r) {
  if (r.batch_mean.empty()) return nullptr;
  const std::size_t all = r.batch_mean.size(), step = (all + most_features - 1) / most_features;
  const auto some = [&](const std::vector<double>& values) {
    std::vector<double> chosen;
    for (std::size_t i = 0; i < all; i += step) chosen.push_back(values[i]);
    return numbers(chosen);
  };
  return {{"features", all},
          {"runningMean", some(r.running_mean)},
          {"runningDeviation", some(r.running_deviation)},
          {"batchMean", some(r.batch_mean)},
          {"batchDeviation", some(r.batch_deviation)}};
}

JsonText point_json(const EpochPoint& p) {
  return {{"epoch", p.epoch},
          {"trainLoss", {p.train_loss, 9}},
          {"trainAccuracy", {p.train_accuracy, 9}},
          {"heldOutLoss", {p.held_out_loss, 9}},
          {"heldOutAccuracy", {p.held_out_accuracy, 9}},
          {"learningRate", {p.learning_rate, 9}}};
}

JsonText remark_json(const Remark& r) {
  static const char* const names[] = {"warning", "note", "silent", "not applicable"};
  return {{"kind", names[static_cast<int>(r.kind)]},
          {"title", r.title},
          {"advice", r.advice},
          {"rule", r.rule},
          {"numbers", r.numbers}};
}

// Of very many epochs some, evenly spaced, with the last.
std::vector<EpochPoint> thinned(const std::vector<EpochPoint>& all) {
  const std::size_t step = (all.size() + most_epochs - 1) / most_epochs;
  std::vector<EpochPoint> some;
  for (std::size_t i = 0; i < all.size(); ++i) {
    if ((all.size() - 1 - i) % step == 0) some.push_back(all[i]);
  }
  return some;
}

JsonText layer_json(const std::unique_ptr<Module>& layer) {
  return {{"name", layer->name()}, {"kind", layer->kind()}, {"text", layer->describe()}};
}

JsonText parameter_json(const Named<Parameter>& p) { return {{"name", p.name}, {"shape", p.value->shape()}}; }

void add_results(JsonText& json, const Run& run) {
  const ImageSet& set = run.held_out.images();
  std::vector<Mistake> wrong;
  const Evaluation e = find_mistakes(run.model, run.held_out, run.options.dry_run ? 1 : run.held_out.size(), wrong);
  std::ranges::stable_sort(wrong, std::greater<>(), [](const Mistake& m) { return sortable(m.loss); });
  json.add("count", e.count);
  json.add("correct", e.correct);
  json.add("unclassified", e.unclassified);
  json.add("loss", {e.loss, 9});
  json.add("confusion", e.confusion);
  json.add("examples", confusion_examples(wrong, set));
  json.add("mistakes", worst(wrong, set));
}

// Of the first step: histories have that of the last step of each epoch.
double first_rate(const Run& run) {
  const std::int64_t steps = run.options.epochs * (run.train_count / run.options.batch_size);
  return run.options.learning_rate * make_schedule(run.options, std::max<std::int64_t>(1, steps))(0);
}

}  // namespace

std::string report_page(const Run& run) {
  static const char* const endings[] = {"finished", "interrupted", "failed"};
  const Symptoms found = symptoms(run);
  const Options& o = run.options;
  JsonText json = {{"ending", endings[static_cast<int>(run.ending)]},
                   {"failure", run.failure},
                   {"epochs", o.epochs},
                   {"epoch", run.recorder.records().back().epoch},
                   {"dryRun", o.dry_run},
                   {"resumed", o.resume},
                   {"heldOut", found.held_out},
                   {"command", configuration(o)},
                   {"description", describe(o)},
                   {"dropout", number(o.dropout)},
                   {"labelSmoothing", number(o.label_smoothing)},
                   {"batchSize", o.batch_size},
                   {"trainCount", run.train_count},
                   {"firstRate", {first_rate(run), 9}},
                   {"probeSize", run.recorder.probe_size()},
                   {"sampleSize", run.recorder.sample_size()},
                   {"classes", run.data.train.classes},
                   {"rows", run.data.train.rows},
                   {"columns", run.data.train.columns},
                   {"summary", summary(run.model, {1, run.data.train.image_size()})},
                   {"layers", json_list(run.model.children(), layer_json)},
                   {"parameters", json_list(run.model.named_parameters(), parameter_json)},
                   {"history", json_list(thinned(found.history), point_json)}};
  add_results(json, run);
  json.add("weights", first_weights(run.model, run.data.train));
  json.add("records", json_list(run.recorder.records(), record_json));
  json.add("batchNorms", json_list(run.recorder.batch_norms(), batch_norm_json));
  json.add("remarks", json_list(examine(found), remark_json));
  return make_page("report.html", {{"run", json.str()}, {"network", network_data(run.model, run.data.test)}},
                   {report_files(), shared_page()});
}

}  // namespace gradus::examples
