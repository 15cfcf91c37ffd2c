#include <gradus/layers/batch_norm.h>
#include <gradus/layers/gradcheck.h>

#include <iostream>

bool check_in_double() {
  gradus::Rng rng(1);
  gradus::BatchNorm1d layer(4);
  const gradus::GradcheckReport report = gradcheck(layer, rng.normal({8, 4}));
  std::cout << report << '\n';
  return report.ok;
}
