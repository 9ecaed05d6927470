// DisableEnhancedMonitoring: no longer metrics of each shard.
// Source: Kinesis API reference, DisableEnhancedMonitoring.
#include "api/kinesis/errors.h"
#include "api/kinesis/monitoring.h"
#include "api/kinesis/resources.h"
#include "api/kinesis/service.h"

namespace millrace::kinesis {

namespace {

asio::awaitable<MonitoringOutput> disable_enhanced_monitoring(Kinesis& k, const Caller& caller,
                                                              MonitoringInput in) {
  co_return co_await set_monitoring(k, caller, std::move(in), false);
}

}  // namespace

extern const Operation kDisableEnhancedMonitoring;
const Operation kDisableEnhancedMonitoring =
    operation("DisableEnhancedMonitoring", kMonitoringInput, kMonitoringOutput, disable_enhanced_monitoring)
        .writes()
        .on(stream_of);

}  // namespace millrace::kinesis
