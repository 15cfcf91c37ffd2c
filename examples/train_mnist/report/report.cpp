#include <gradus/core/error.h>
#include <gradus/core/io/json.h>
#include <gradus/examples/pages/base64.h>
#include <gradus/examples/pages/page.h>
#include <gradus/examples/train_mnist/network_data.h>
#include <gradus/examples/train_mnist/report/report.h>
#include <gradus/examples/train_mnist/report/verdicts.h>
#include <gradus/layers/summary.h>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <limits>
#include <map>

namespace gradus::examples {

PageFiles report_files();

namespace {

// Bytes of pictures on a page: for examples in the confusion matrix, for mistakes, for weights.
constexpr std::int64_t example_bytes = 200'000, mistake_bytes = 100'000, weight_bytes = 200'000;
constexpr std::size_t most_mistakes = 48, most_weights = 64, examples_a_cell = 3, most_features = 512;
constexpr std::size_t most_epochs = 1000;

// ---- JSON

std::string json(double value, int digits = 4) {
  if (!std::isfinite(value)) return "null";
  char text[40];
  std::snprintf(text, sizeof text, "%.*g", digits, value);
  return text;
}
std::string json(std::int64_t value) { return std::to_string(value); }
std::string json(const std::string& value) { return json_quote(value); }
std::string json(const Histogram& h);
std::string json(const EpochRecord& r);
std::string json(const BatchNormRecord& r);
std::string json(const EpochPoint& p);
std::string json(const Remark& r);

template <class Range, class Text>
std::string list(const Range& range, const Text& text) {
  std::string out = "[";
  for (const auto& item : range) {
    if (out.size() > 1) out += ',';
    out += text(item);
  }
  return out + ']';
}
template <class Range>
std::string list(const Range& range) {
  return list(range, [](const auto& item) { return json(item); });
}
// Where a negative number says that nothing is known.
std::string known(const std::vector<double>& values) {
  return list(values, [](double value) { return value < 0 ? std::string("null") : json(value); });
}

// Sorting needs an order, and there is none with a NaN: weights that were loaded may have one.
double sortable(double x) { return std::isnan(x) ? std::numeric_limits<double>::infinity() : x; }

// ---- pictures

std::string picture(std::span<const std::uint8_t> bytes) {
  return json_quote(base64({reinterpret_cast<const char*>(bytes.data()), bytes.size()}));
}

std::string mistake(const Verdict& v, const ImageSet& set) {
  return text("{\"index\":", v.image, ",\"label\":", v.label, ",\"prediction\":", v.prediction,
              ",\"loss\":", json(v.loss, 6), ",\"probabilities\":", list(v.probabilities),
              ",\"image\":", picture(set.image(v.image)), '}');
}

std::string mistakes(const std::vector<const Verdict*>& wrong, const ImageSet& set) {
  const auto most = static_cast<std::size_t>(mistake_bytes / set.image_size());
  const std::size_t count = std::min({wrong.size(), most_mistakes, most});
  return list(std::span(wrong).first(count), [&](const Verdict* v) { return mistake(*v, set); });
}

// Of each kind of mistake the worst few.
std::string confusion_examples(const std::vector<const Verdict*>& wrong, const ImageSet& set) {
  std::map<std::pair<int, int>, std::size_t> count;
  std::vector<const Verdict*> chosen;
  for (const Verdict* v : wrong) {
    if ((static_cast<std::int64_t>(chosen.size()) + 1) * set.image_size() > example_bytes) break;
    if (++count[{v->label, v->prediction}] <= examples_a_cell) chosen.push_back(v);
  }
  return list(chosen, [&](const Verdict* v) {
    return text("{\"index\":", v->image, ",\"label\":", v->label, ",\"prediction\":", v->prediction,
                ",\"image\":", picture(set.image(v->image)), '}');
  });
}

// How much each pixel varies over the first 2,000 images, as bytes up to 255 for the one that does most.
std::string pixel_deviations(const ImageSet& set) {
  const std::int64_t count = std::min<std::int64_t>(set.count, 2000);
  const auto pixels = static_cast<std::size_t>(set.image_size());
  std::vector<double> sums(pixels), squares(pixels);
  for (std::int64_t i = 0; i < count; ++i) {
    const auto image = set.image(i);
    for (std::size_t p = 0; p < pixels; ++p) {
      sums[p] += image[p];
      squares[p] += image[p] * image[p];
    }
  }
  for (std::size_t p = 0; p < pixels; ++p) {
    const double mean = sums[p] / static_cast<double>(count);
    squares[p] = std::sqrt(std::max(0.0, squares[p] / static_cast<double>(count) - mean * mean));
  }
  const double most = *std::ranges::max_element(squares);
  std::vector<std::uint8_t> bytes;
  for (const double deviation : squares) {
    bytes.push_back(static_cast<std::uint8_t>(std::lround(most > 0 ? deviation / most * 255 : 0)));
  }
  return picture(bytes);
}

// Incoming weights of the units of largest norm, each as bytes from -scale (1) by 0 (128) to scale (255).
std::string first_weights(Sequential& model, const ImageSet& set) {
  const auto parameters = model.named_parameters();
  const Tensor& w = parameters.front().value->value();  // [units, pixels]
  const std::int64_t pixels = w.size(1);
  std::vector<std::pair<double, std::int64_t>> units;
  for (std::int64_t u = 0; u < w.size(0); ++u) {
    double squares = 0;
    for (const double value : w.rows(u, u + 1).values()) squares += value * value;
    units.emplace_back(-sortable(std::sqrt(squares)), u);
  }
  std::ranges::sort(units);
  const auto most = static_cast<std::size_t>(weight_bytes / pixels);
  units.resize(std::min({units.size(), most_weights, most}));
  const std::string pictures = list(units, [&](const auto& unit) {
    const Tensor row = w.rows(unit.second, unit.second + 1);
    double scale = 0;
    for (const double value : row.values()) scale = std::max(scale, std::abs(value));
    std::vector<std::uint8_t> bytes;
    for (const double value : row.values()) {
      bytes.push_back(static_cast<std::uint8_t>(128 + std::lround(scale > 0 ? value / scale * 127 : 0)));
    }
    return text("{\"unit\":", unit.second, ",\"norm\":", json(-unit.first), ",\"scale\":", json(scale),
                ",\"image\":", picture(bytes), '}');
  });
  return text("{\"units\":", w.size(0), ",\"rows\":", set.rows, ",\"columns\":", set.columns,
              ",\"name\":", json(parameters.front().name),
              ",\"pixelDeviations\":", units.empty() ? "null" : pixel_deviations(set), ",\"pictures\":", pictures, '}');
}

// ---- records

std::string json(const Histogram& h) {
  return text("{\"low\":", json(h.low), ",\"high\":", json(h.high), ",\"counts\":", list(h.counts),
              ",\"zeros\":", json(h.zeros), ",\"mean\":", json(h.mean), ",\"deviation\":", json(h.deviation), '}');
}

std::string json(const EpochRecord& r) {
  return text("{\"epoch\":", r.epoch, ",\"activations\":", list(r.activations), ",\"gradients\":", list(r.gradients),
              ",\"silent\":", known(r.silent), ",\"parameters\":", list(r.parameters),
              ",\"updates\":", known(r.updates), ",\"meanGap\":", known(r.mean_gap),
              ",\"spreadGap\":", known(r.spread_gap), ",\"trainLoss\":", json(r.train_loss, 6),
              ",\"trainAccuracy\":", json(r.train_accuracy, 6), '}');
}

std::string json(const BatchNormRecord& r) {
  if (r.batch_mean.empty()) return "null";
  const std::size_t all = r.batch_mean.size(), step = (all + most_features - 1) / most_features;
  const auto some = [&](const std::vector<double>& values) {
    std::vector<double> chosen;
    for (std::size_t i = 0; i < all; i += step) chosen.push_back(values[i]);
    return list(chosen);
  };
  return text("{\"features\":", all, ",\"runningMean\":", some(r.running_mean),
              ",\"runningDeviation\":", some(r.running_deviation), ",\"batchMean\":", some(r.batch_mean),
              ",\"batchDeviation\":", some(r.batch_deviation), '}');
}

std::string json(const EpochPoint& p) {
  return text("{\"epoch\":", p.epoch, ",\"trainLoss\":", json(p.train_loss, 9),
              ",\"trainAccuracy\":", json(p.train_accuracy, 9), ",\"heldOutLoss\":", json(p.held_out_loss, 9),
              ",\"heldOutAccuracy\":", json(p.held_out_accuracy, 9), ",\"learningRate\":", json(p.learning_rate, 9),
              '}');
}

std::string json(const Remark& r) {
  static const char* const names[] = {"warning", "note", "silent", "not applicable"};
  return text("{\"kind\":\"", names[static_cast<int>(r.kind)], "\",\"title\":", json(r.title),
              ",\"advice\":", json(r.advice), ",\"rule\":", json(r.rule), ",\"numbers\":", json(r.numbers), '}');
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

std::string network_parts(const Sequential& model) {
  const std::string layers = list(model.children(), [](const auto& layer) {
    return text("{\"name\":", json(layer->name()), ",\"kind\":", json(layer->kind()),
                ",\"text\":", json(layer->describe()), '}');
  });
  const std::string parameters = list(model.named_parameters(), [](const Named<Parameter>& p) {
    return text("{\"name\":", json(p.name), ",\"shape\":", list(p.value->shape()), '}');
  });
  return text("\"layers\":", layers, ",\"parameters\":", parameters);
}

std::string results(const Run& run) {
  const bool validation = run.options.validation > 0;
  const ImageSet& set = validation ? run.data.train : run.data.test;
  const std::vector<Verdict> all = verdicts(run.model, run.held_out, run.options.dry_run ? 1 : run.held_out.all());
  const int classes = run.data.train.classes;
  std::vector<std::int64_t> confusion(static_cast<std::size_t>(classes) * static_cast<std::size_t>(classes));
  std::vector<const Verdict*> wrong;
  double loss = 0;
  for (const Verdict& v : all) {
    ++confusion[static_cast<std::size_t>(v.label * classes + v.prediction)];
    loss += v.loss;
    if (v.prediction != v.label) wrong.push_back(&v);
  }
  std::ranges::stable_sort(wrong, std::greater<>(), [](const Verdict* v) { return sortable(v->loss); });
  return text("\"count\":", all.size(), ",\"correct\":", all.size() - wrong.size(),
              ",\"loss\":", json(loss / static_cast<double>(all.size()), 9), ",\"confusion\":", list(confusion),
              ",\"examples\":", confusion_examples(wrong, set), ",\"mistakes\":", mistakes(wrong, set));
}

}  // namespace

std::string report_page(const Run& run) {
  static const char* const endings[] = {"finished", "interrupted", "failed"};
  const Symptoms found = symptoms(run);
  const Options& o = run.options;
  const std::string data =
      text("{\"ending\":\"", endings[static_cast<int>(run.ending)], "\",\"failure\":", json(run.failure),
           ",\"epochs\":", o.epochs, ",\"epoch\":", run.recorder.records().back().epoch,
           ",\"dryRun\":", o.dry_run ? "true" : "false", ",\"resumed\":", json(o.resume),
           ",\"heldOut\":", json(found.held_out), ",\"command\":", json(configuration(o)),
           ",\"description\":", json(describe(o)), ",\"dropout\":", json(o.dropout),
           ",\"labelSmoothing\":", json(o.label_smoothing), ",\"batchSize\":", o.batch_size,
           ",\"trainCount\":", run.train_count, ",\"probeSize\":", run.recorder.probe_size(),
           ",\"sampleSize\":", run.recorder.sample_size(), ",\"classes\":", run.data.train.classes,
           ",\"rows\":", run.data.train.rows, ",\"columns\":", run.data.train.columns,
           ",\"summary\":", json(summary(run.model, {1, run.data.train.image_size()})), ",", network_parts(run.model),
           ",\"history\":", list(thinned(found.history)), ",", results(run),
           ",\"weights\":", first_weights(run.model, run.data.train), ",\"records\":", list(run.recorder.records()),
           ",\"batchNorms\":", list(run.recorder.batch_norms()), ",\"remarks\":", list(examine(found)), "}");
  return make_page("report.html", {{"run", data}, {"network", network_data(run.model, run.data.test)}},
                   {report_files(), shared_page()});
}

}  // namespace gradus::examples
