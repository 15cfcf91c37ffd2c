// Learning rate schedules: functions of the step (0 at the first) that give a factor of the highest rate.
//
//   optimizer.set_learning_rate(rate * schedule(step));
#pragma once

#include <gradus/core/base.h>

#include <cstdint>
#include <functional>

namespace gradus_base {

using Schedule = std::function<double(std::int64_t step)>;

// All throw std::invalid_argument if a number is out of range.

Schedule constant_schedule();

// 1, then times `factor` after every `every` steps.
Schedule step_schedule(std::int64_t every, double factor = 0.1);

// From 1 to `final` along half a cosine: final + (1 - final) (1 + cos(pi step / steps)) / 2.
Schedule cosine_schedule(std::int64_t steps, double final = 0);

// From 1 / `start_divisor` up to 1 in the first `rising` part of the steps and down to 1 / (start_divisor *
// final_divisor), both along half a cosine (Smith and Topin 2018, arXiv:1708.07120, with PyTorch's shape and defaults;
// the momentum stays as it is).
Schedule one_cycle_schedule(std::int64_t steps, double rising = 0.3, double start_divisor = 25,
                            double final_divisor = 1e4);

// Rises linearly over the first `warm_up` steps, (step + 1) / (warm_up + 1), then continues with `schedule` from its
// beginning.
Schedule with_warm_up(std::int64_t warm_up, Schedule schedule);

}  // namespace gradus_base
