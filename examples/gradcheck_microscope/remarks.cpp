#include <gradus/examples/command_line/format.h>
#include <gradus/examples/gradcheck_microscope/analysis.h>

#include <cmath>
#include <cstdio>

namespace microscope {
namespace {

using gradus::examples::format_fixed;

// With the digits that the precision has, to see where two numbers part.
std::string digits(double number, const Precision& p) {
  char text[40];
  std::snprintf(text, sizeof text, "%.*g", p.measured.epsilon > 1e-10 ? 8 : 15, number);
  return text;
}

std::string worst_element(const Analysis& a, const Precision& p) {
  const std::size_t worst = p.worst[p.best];
  return p.measured.elements[worst] + ": central difference " + digits(p.measured.numeric[p.best][worst], p) +
         ", backpropagation " + digits(a.in_double.measured.backward[worst], p) + ".";
}

std::string best(const Analysis& a, const Precision& p) {
  return "In " + p.name + " the best step is " + scientific(a.steps[p.best]) + ", where the error is " +
         scientific(p.best_error) + " of the largest gradient. The worst element there is " + worst_element(a, p);
}

std::string truncation(const Precision& p) {
  if (!p.truncation) {
    return "There is no truncation error: along each element, and away from kinks, the function is a polynomial of "
           "degree two at most, and for these the central difference is exact. So the larger the step, the better.";
  }
  return "With larger steps the error grows as h^" + format_fixed(p.truncation->exponent, 2) +
         " (in double): truncation. The central difference is the slope of a chord, and Taylor's series says by how "
         "much it misses the tangent's: f‴(x) h² / 6, so h² is expected.";
}

std::string rounding(const Analysis& a) {
  std::string slopes;
  for (const Precision* p : {&a.in_float, &a.in_double}) {
    if (!p->rounding) continue;
    slopes += (slopes.empty() ? "h^" : ", h^") + format_fixed(p->rounding->exponent, 2) + " in " + p->name;
  }
  if (slopes.empty()) return "";
  return "With smaller steps it grows again, as " + slopes +
         ": rounding. f(x + h) and f(x − h) are known to about ε |f| and agree in more and more digits; what is left "
         "of their difference is divided by 2h, so ε / h is expected. With ε = " +
         scientific(a.in_float.measured.epsilon) + " for float and " + scientific(a.in_double.measured.epsilon) +
         " for double, the two curves lie almost nine powers of ten apart.";
}

std::string kink(const Precision& p) {
  std::string names;
  for (const std::size_t e : p.measured.beside_kink) names += (names.empty() ? "" : " and ") + p.measured.elements[e];
  const bool one = p.measured.beside_kink.size() == 1;
  return names + (one ? " lies" : " lie") + " beside a kink, " + scientific(p.measured.kink_distance) + " away, and " +
         (one ? "is" : "are") +
         " kept out of the curves. As soon as the step reaches over the kink, the chord joins two "
         "branches and the central difference is wrong in every precision, by up to " +
         scientific(p.kink_error.front()) + " of the largest gradient; smaller steps do not notice that there is one.";
}

}  // namespace

std::string scientific(double number) {
  if (number == 0) return "0";
  char text[32];
  std::snprintf(text, sizeof text, "%.1e", number);
  std::string result = text;
  const std::size_t e = result.find('e');
  return result.substr(0, e) + "e" + std::to_string(std::stoi(result.substr(e + 1)));
}

std::vector<std::string> remarks(const Analysis& a) {
  std::vector<std::string> list;
  if (a.wrong) {
    list.push_back("At no step do central differences and backpropagation agree: even in double the error is " +
                   scientific(a.in_double.best_error) +
                   " of the largest gradient. The step is not to blame: the backward is wrong. The worst element is " +
                   worst_element(a, a.in_double));
    list.push_back(
        "A wrong gradient makes a curve without a valley: where the central difference is accurate, the curve "
        "is flat, and high.");
    return list;
  }
  list.push_back(best(a, a.in_float));
  list.push_back(best(a, a.in_double));
  list.push_back(truncation(a.in_double));
  if (const std::string sentence = rounding(a); !sentence.empty()) list.push_back(sentence);
  if (!a.in_double.kink_error.empty()) list.push_back(kink(a.in_double));
  const std::string off = a.in_float.backward_error > 0
                              ? "is off by " + scientific(a.in_float.backward_error) + " of the largest gradient"
                              : "is exact here";
  list.push_back("Backpropagation itself, in float, " + off +
                 ": it subtracts no two nearly equal losses, so it needs no step. That is why gradients "
                 "are computed in float, but checked in double.");
  return list;
}

}  // namespace microscope
