// What the doctor of the page says about runs of train_mnist as --report recorded them: what went wrong, and nothing
// else.
#include <gradus/examples/train_mnist/report/doctor.h>

#include <gtest/gtest.h>

namespace gradus::testing {
namespace {

using namespace gradus::examples;

// Its flags are above each.
// --hidden 128,64 --epochs 8 --validation 10000
const Symptoms good = {
    .history = {{1, 1.166, 0.7978, 0.295, 0.9425, 0.001185},
                {2, 0.7181, 0.9355, 0.1949, 0.9669, 0.002807},
                {3, 0.6622, 0.9557, 0.1816, 0.9745, 0.002916},
                {4, 0.6349, 0.9659, 0.1722, 0.9754, 0.002435},
                {5, 0.6182, 0.9723, 0.1573, 0.9787, 0.001668},
                {6, 0.6059, 0.9762, 0.1544, 0.9797, 0.0008492},
                {7, 0.5959, 0.9798, 0.1466, 0.9807, 0.0002299},
                {8, 0.5902, 0.9831, 0.1474, 0.9811, 1.2e-08}},
    .held_out = "validation",
    .dropout = true,
    .label_smoothing = true,
    .evaluated_train_loss = 0.1247,
    .silent = {{"2 ReLU", 0, 8}, {"6 ReLU", 0, 8}},
    .updates = {{"0.weight", 0.01017, 2}, {"4.weight", 0.007014, 2}, {"8.weight", 0.002967, 3}},
    .gradients = {{"0 Linear", 0.0001302, 8}, {"4 Linear", 0.0001773, 8}, {"8 Linear", 0.0002011, 8}},
    .mean_gaps = {{"1 BatchNorm1d", 0.05751, 8}, {"5 BatchNorm1d", 0.0233, 8}}};

// --hidden 128,64 --epochs 2 --optimizer sgd --lr 0.01 --momentum 0 --schedule constant --dropout 0 --label-smoothing 0
const Symptoms too_short = {
    .history = {{1, 0.7811, 0.8443, 0.3655, 0.9268, 0.01}, {2, 0.3135, 0.93, 0.2338, 0.9461, 0.01}},
    .held_out = "test",
    .evaluated_train_loss = 0.2351,
    .silent = {{"2 ReLU", 0, 2}, {"5 ReLU", 0, 2}},
    .updates = {{"0.weight", 0.001915, 2}, {"3.weight", 0.001015, 1}, {"6.weight", 0.001967, 1}},
    .gradients = {{"0 Linear", 0.0007069, 2}, {"3 Linear", 0.0003516, 2}, {"6 Linear", 0.0003441, 2}},
    .mean_gaps = {{"1 BatchNorm1d", 0.07439, 2}, {"4 BatchNorm1d", 0.01081, 2}}};

// --hidden 128,64 --epochs 5 --optimizer sgd --lr 1 --momentum 0.5 --schedule constant --dropout 0 --label-smoothing 0
const Symptoms high_rate = {
    .history = {{1, 0.3631, 0.8882, 0.4411, 0.8586, 1},
                {2, 0.3489, 0.8949, 0.4557, 0.8573, 1},
                {3, 0.3561, 0.8946, 0.3609, 0.8845, 1},
                {4, 0.3515, 0.8966, 0.3239, 0.902, 1},
                {5, 0.3545, 0.8955, 0.3308, 0.9004, 1}},
    .held_out = "test",
    .evaluated_train_loss = 0.3478,
    .silent = {{"2 ReLU", 0, 5}, {"5 ReLU", 0, 5}},
    .updates = {{"0.weight", 0.1375, 3}, {"3.weight", 0.1426, 3}, {"6.weight", 0.139, 3}},
    .gradients = {{"0 Linear", 0.0003392, 5}, {"3 Linear", 0.0004682, 5}, {"6 Linear", 0.0003918, 5}},
    .mean_gaps = {{"1 BatchNorm1d", 0.2112, 5}, {"4 BatchNorm1d", 0.05472, 5}}};

// the same with --lr 3 --momentum 0: the test loss rises, but that of training does not fall
const Symptoms higher_rate = {
    .history = {{1, 0.5894, 0.8289, 0.5747, 0.8313, 3},
                {2, 0.5517, 0.8418, 0.3948, 0.8919, 3},
                {3, 0.5564, 0.8427, 0.5604, 0.8351, 3},
                {4, 0.5456, 0.8441, 0.7784, 0.8224, 3},
                {5, 0.5485, 0.8449, 0.4862, 0.8511, 3}},
    .held_out = "test",
    .evaluated_train_loss = 0.4983,
    .silent = {{"2 ReLU", 0.01562, 5}, {"5 ReLU", 0.1094, 5}},
    .updates = {{"0.weight", 0.3581, 2}, {"3.weight", 0.5898, 2}, {"6.weight", 0.6737, 2}},
    .gradients = {{"0 Linear", 0.0002865, 5}, {"3 Linear", 0.0003533, 5}, {"6 Linear", 0.0004786, 5}},
    .mean_gaps = {{"1 BatchNorm1d", 0.2706, 5}, {"4 BatchNorm1d", 0.08402, 5}}};

// --hidden 128,64 --epochs 5 --no-bn --optimizer adam --lr 0.008 --schedule constant --dropout 0 --label-smoothing 0
const Symptoms dead_units = {
    .history = {{1, 0.4103, 0.8783, 0.3043, 0.9165, 0.008},
                {2, 0.3068, 0.9121, 0.2954, 0.9151, 0.008},
                {3, 0.3003, 0.9142, 0.2759, 0.9204, 0.008},
                {4, 0.2904, 0.9176, 0.267, 0.9295, 0.008},
                {5, 0.2871, 0.919, 0.2711, 0.9239, 0.008}},
    .held_out = "test",
    .evaluated_train_loss = 0.2729,
    .silent = {{"1 ReLU", 0.6094, 5}, {"3 ReLU", 0.2031, 5}},
    .updates = {{"0.weight", 0.05492, 1}, {"2.weight", 0.01626, 1}, {"4.weight", 0.006921, 5}},
    .gradients = {{"0 Linear", 0.0001734, 5}, {"2 Linear", 0.0001978, 5}, {"4 Linear", 0.0004056, 5}},
    .mean_gaps = {}};

// --hidden 64 --epochs 12 --validation 59000 --no-bn --optimizer adam --lr 0.003 --batch-size 32 --schedule constant
// --dropout 0 --label-smoothing 0 --weight-decay 0
const Symptoms overfitted = {.history = {{1, 1.325, 0.6381, 0.7693, 0.7691, 0.003},
                                         {2, 0.5017, 0.8659, 0.5079, 0.8461, 0.003},
                                         {3, 0.3476, 0.8972, 0.4676, 0.8597, 0.003},
                                         {4, 0.2506, 0.9345, 0.4282, 0.8692, 0.003},
                                         {5, 0.1928, 0.9516, 0.4352, 0.8686, 0.003},
                                         {6, 0.1418, 0.9677, 0.43, 0.8706, 0.003},
                                         {7, 0.105, 0.9768, 0.4204, 0.8754, 0.003},
                                         {8, 0.08923, 0.9859, 0.4411, 0.8698, 0.003},
                                         {9, 0.06532, 0.9919, 0.4453, 0.8714, 0.003},
                                         {10, 0.04551, 0.998, 0.4684, 0.8684, 0.003},
                                         {11, 0.03602, 1, 0.4729, 0.8691, 0.003},
                                         {12, 0.02939, 0.999, 0.4584, 0.8739, 0.003}},
                             .held_out = "validation",
                             .evaluated_train_loss = 0.02305,
                             .silent = {{"1 ReLU", 0.0625, 12}},
                             .updates = {{"0.weight", 0.03892, 1}, {"2.weight", 0.01938, 1}},
                             .gradients = {{"0 Linear", 3.232e-05, 12}, {"2 Linear", 7.054e-05, 12}},
                             .mean_gaps = {}};

// --hidden 128,64 --epochs 12 --validation 59000 --batch-size 10 --optimizer adam --schedule constant --dropout 0
// --label-smoothing 0 --weight-decay 0: the little that is left of the training loss goes up and down
const Symptoms nothing_left = {
    .history = {{1, 1.128, 0.678, 0.5792, 0.8434, 0.003},
                {2, 0.5188, 0.857, 0.4671, 0.8638, 0.003},
                {3, 0.4145, 0.881, 0.4301, 0.8709, 0.003},
                {4, 0.2906, 0.918, 0.4213, 0.8692, 0.003},
                {5, 0.2152, 0.93, 0.4165, 0.8729, 0.003},
                {6, 0.1966, 0.94, 0.4413, 0.8644, 0.003},
                {7, 0.1674, 0.95, 0.4367, 0.8692, 0.003},
                {8, 0.1063, 0.969, 0.4133, 0.8808, 0.003},
                {9, 0.1141, 0.962, 0.4464, 0.8759, 0.003},
                {10, 0.1154, 0.967, 0.5316, 0.8486, 0.003},
                {11, 0.1075, 0.964, 0.451, 0.8727, 0.003},
                {12, 0.1324, 0.965, 0.4596, 0.8734, 0.003}},
    .held_out = "validation",
    .evaluated_train_loss = 0.01449,
    .silent = {{"2 ReLU", 0, 12}, {"5 ReLU", 0, 12}},
    .updates = {{"0.weight", 0.01703, 1}, {"3.weight", 0.01157, 2}, {"6.weight", 0.008713, 1}},
    .gradients = {{"0 Linear", 5.44e-05, 12}, {"3 Linear", 7.306e-05, 12}, {"6 Linear", 0.0001118, 12}},
    .mean_gaps = {{"1 BatchNorm1d", 0.09514, 12}, {"4 BatchNorm1d", 0.01814, 12}}};

// --hidden 64 --epochs 2 --label-smoothing 0.9 --dropout 0: such a training loss is close to that of a guess, however
// well it has learned
const Symptoms much_smoothed = {
    .history = {{1, 2.281, 0.857, 1.762, 0.9494, 0.002435}, {2, 2.272, 0.9513, 1.752, 0.9561, 1.2e-08}},
    .held_out = "test",
    .label_smoothing = true,
    .evaluated_train_loss = 1.749,
    .silent = {{"2 ReLU", 0, 2}},
    .updates = {{"0.weight", 0.01238, 1}, {"3.weight", 0.005094, 1}},
    .gradients = {{"0 Linear", 1.217e-05, 2}, {"3 Linear", 4.493e-05, 2}},
    .mean_gaps = {{"1 BatchNorm1d", 0.07278, 2}}};

std::vector<std::string> said(const Symptoms& s) {
  std::vector<std::string> titles;
  for (const Remark& r : examine(s)) {
    if (!r.advice.empty()) titles.push_back(r.title);
  }
  return titles;
}

using Titles = std::vector<std::string>;

TEST(DoctorOfRecordedRuns, SaysWhatIsWrongAndNothingElse) {
  EXPECT_EQ(said(good), Titles{});
  EXPECT_EQ(said(too_short), Titles{"It was still improving"});
  EXPECT_EQ(said(high_rate), Titles{"The learning rate looks too high"});
  EXPECT_EQ(said(higher_rate), (Titles{"The learning rate looks too high", "Many units are dead"}));
  EXPECT_EQ(said(dead_units), Titles{"Many units are dead"});
  EXPECT_EQ(said(overfitted), Titles{"It is overfitting"});
  EXPECT_EQ(said(nothing_left), Titles{});
  EXPECT_EQ(said(much_smoothed), Titles{"It does better on new images than in training, and that is no mistake"});
}

}  // namespace
}  // namespace gradus::testing
