// A plain single-threaded Dawid–Skene loop: the floor that the JavaScript kernel is held against.
// Reads offsets, annotatorOf, label as raw little-endian arrays; runs N iterations with the objective, or fewer when a
// tolerance per vote is given and an iteration gains less, or a target objective is given and reached. The seconds are processor time of the whole fit, start included.
#include <chrono>
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

template <class T> static std::vector<T> load(const std::string& path) {
  std::ifstream file(path, std::ios::binary | std::ios::ate);
  std::vector<T> data(static_cast<size_t>(file.tellg()) / sizeof(T));
  file.seekg(0);
  file.read(reinterpret_cast<char*>(data.data()), static_cast<std::streamsize>(data.size() * sizeof(T)));
  return data;
}

int main(int argc, char** argv) {
  if (argc < 4) return 1;
  const std::string dir = argv[1];
  const size_t annotators = std::strtoull(argv[2], nullptr, 10);
  const int iterations = std::atoi(argv[3]);
  const double tolerance = argc > 4 ? std::atof(argv[4]) : -1;
  const double target = argc > 5 ? std::atof(argv[5]) : 1e300;
  const auto offsets = load<uint32_t>(dir + "/offsets.bin");
  const auto annotatorOf = load<uint32_t>(dir + "/annotatorOf.bin");
  const auto label = load<uint8_t>(dir + "/label.bin");
  const size_t stacks = offsets.size() - 1;
  std::vector<double> count(4 * annotators), logP(4 * annotators);
  double mass = 0;
  const std::clock_t whole = std::clock();
  for (size_t s = 0; s < stacks; s++) {
    double ones = 0;
    for (uint32_t v = offsets[s]; v < offsets[s + 1]; v++) ones += label[v];
    const double p = ones / (offsets[s + 1] - offsets[s]);
    mass += p;
    for (uint32_t v = offsets[s]; v < offsets[s + 1]; v++) {
      const size_t cell = 2 * (2 * static_cast<size_t>(annotatorOf[v]) + label[v]);
      count[cell] += p;
      count[cell + 1] += 1 - p;
    }
  }
  double logLikelihood = 0, objective = 0;
  int done = 0;
  const auto start = std::chrono::steady_clock::now();
  for (int it = 0; it < iterations; it++) {
    const double prevalence = (mass + 1) / (stacks + 2.0);
    double logPrior = std::log(prevalence) + std::log1p(-prevalence);
    for (size_t a = 0; a < annotators; a++) {
      double* c = &count[4 * a];
      const double missed = c[0] + 1, cleared = c[1] + 4, caught = c[2] + 4, alarmed = c[3] + 1;
      logP[4 * a] = std::log(missed / (caught + missed));
      logP[4 * a + 1] = std::log(cleared / (cleared + alarmed));
      logP[4 * a + 2] = std::log(caught / (caught + missed));
      logP[4 * a + 3] = std::log(alarmed / (cleared + alarmed));
      c[0] = c[1] = c[2] = c[3] = 0;
      logPrior += 4 * (logP[4 * a + 1] + logP[4 * a + 2]) + logP[4 * a] + logP[4 * a + 3];
    }
    const double logStalled = std::log(prevalence), logFlowing = std::log1p(-prevalence);
    mass = 0;
    logLikelihood = 0;
    for (size_t s = 0; s < stacks; s++) {
      double stalled = logStalled, flowing = logFlowing;
      for (uint32_t v = offsets[s]; v < offsets[s + 1]; v++) {
        const size_t cell = 2 * (2 * static_cast<size_t>(annotatorOf[v]) + label[v]);
        stalled += logP[cell];
        flowing += logP[cell + 1];
      }
      const double e = std::exp(-std::fabs(stalled - flowing)), major = 1 / (1 + e);
      const double p = stalled >= flowing ? major : e * major, q = stalled >= flowing ? e * major : major;
      mass += p;
      logLikelihood += std::fmax(stalled, flowing) + std::log1p(e);
      for (uint32_t v = offsets[s]; v < offsets[s + 1]; v++) {
        const size_t cell = 2 * (2 * static_cast<size_t>(annotatorOf[v]) + label[v]);
        count[cell] += p;
        count[cell + 1] += q;
      }
    }
    done++;
    const double gained = logLikelihood + logPrior - objective;
    objective = logLikelihood + logPrior;
    if ((it > 0 && gained < tolerance * label.size()) || objective >= target) break;
  }
  const double ns = std::chrono::duration<double, std::nano>(std::chrono::steady_clock::now() - start).count();
  const double seconds = static_cast<double>(std::clock() - whole) / CLOCKS_PER_SEC;
  std::printf("{\"nsPerVoteIteration\":%.4f,\"logLikelihood\":%.10g,\"objective\":%.12g,\"iterations\":%d,\"seconds\":%.6f}\n",
              ns / done / label.size(), logLikelihood, objective, done, seconds);
}
