#include <gradus/examples/support/page.h>
#include <gradus/examples/train_mnist/report/report.h>

namespace gradus::examples {

PageFiles report_files();

std::string report_page(const std::string& run, const std::string& network) {
  return make_page("report.html", {{"run", run}, {"network", network}}, {report_files(), shared_page()});
}

}  // namespace gradus::examples
