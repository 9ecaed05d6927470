#include "server/pipeline/steps.h"

#include <algorithm>

namespace millrace {

namespace steps {

// Each in a file of its own.
Step give_id, find_source, find_service, check_listener, check_host, check_origin, answer_preflight,
    identify_caller, begin_service;
WaitingStep verify_signature, perform, count_answer;
Step add_ids, let_pages_read, measure;

}  // namespace steps

namespace {

constexpr PipelineStep kSteps[] = {
    {Phase::head, "id", steps::give_id, nullptr,  //
     "first, so that every response has a request id"},
    {Phase::head, "source", steps::find_source, nullptr,
     "before everything that uses the address of the client"},
    {Phase::head, "route", steps::find_service, nullptr,
     "before the first step that can reject the request, because errors have the form of the service"},
    {Phase::head, "listener", steps::check_listener, nullptr,
     "after the route, which finds the service; before everything that tells something of it"},
    {Phase::head, "host", steps::check_host, nullptr,
     "before everything that a web page can use: only an accepted host name makes Origin trustworthy"},
    {Phase::head, "origin", steps::check_origin, nullptr,
     "after the host, with which it is compared; before everything that a web page can use"},
    {Phase::head, "preflight", steps::answer_preflight, nullptr,
     "after the origin, which decides the answer; before the caller, which a preflight does not contain"},
    {Phase::head, "caller", steps::identify_caller, nullptr,
     "before the service sees the request, because everything it does needs a caller"},
    {Phase::head, "service", steps::begin_service, nullptr,
     "last step before the body: finds the operation, and decides how much of the body is read and where it "
     "is stored; for a request that is rejected earlier, nothing is read or reserved"},
    {Phase::body, "signature", nullptr, steps::verify_signature,
     "the first step with the body, which the signature covers; before the service, which trusts the caller"},
    {Phase::body, "perform", nullptr, steps::perform, "the service: parse, validate, run, write"},
    {Phase::body, "memory", nullptr, steps::count_answer,
     "after the response exists, whose memory it reserves; before the headers, because it can replace the "
     "response"},
    {Phase::answer, "ids", steps::add_ids, nullptr, "on every response, including errors"},
    {Phase::answer, "readers", steps::let_pages_read, nullptr,
     "after all steps that add headers, because it lists the headers that the page can read"},
    {Phase::answer, "measure", steps::measure, nullptr, "last, so that everything is measured"},
};

static_assert(std::is_sorted(std::begin(kSteps), std::end(kSteps),
                             [](const PipelineStep& a, const PipelineStep& b) { return a.phase < b.phase; }));

constexpr std::span<const PipelineStep> places(Phase phase) {
  const auto* const first = std::find_if(std::begin(kSteps), std::end(kSteps),
                                         [&](const PipelineStep& p) { return p.phase == phase; });
  const auto* const last =
      std::find_if(first, std::end(kSteps), [&](const PipelineStep& p) { return p.phase != phase; });
  return {first, last};
}

}  // namespace

std::span<const PipelineStep> steps_of(Phase phase) {
  static constexpr std::span<const PipelineStep> kPhases[] = {places(Phase::head), places(Phase::body),
                                                              places(Phase::answer)};
  return kPhases[static_cast<std::size_t>(phase)];
}

}  // namespace millrace
