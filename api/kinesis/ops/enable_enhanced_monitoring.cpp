// EnableEnhancedMonitoring: metrics of each shard of a stream, beside those of the stream.
// Source: Kinesis API reference, EnableEnhancedMonitoring.
#include "api/kinesis/errors.h"
#include "api/kinesis/monitoring.h"
#include "api/kinesis/resources.h"
#include "api/kinesis/service.h"

namespace millrace::kinesis {

namespace {

asio::awaitable<MonitoringOutput> enable_enhanced_monitoring(Kinesis& k, const Caller& caller,
                                                             MonitoringInput in) {
  co_return co_await set_monitoring(k, caller, std::move(in), true);
}

}  // namespace

extern const Operation kEnableEnhancedMonitoring;
const Operation kEnableEnhancedMonitoring =
    operation("EnableEnhancedMonitoring", kMonitoringInput, kMonitoringOutput, enable_enhanced_monitoring)
        .writes()
        .on(stream_of);

}  // namespace millrace::kinesis
