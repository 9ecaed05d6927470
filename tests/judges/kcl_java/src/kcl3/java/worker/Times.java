package worker;

import software.amazon.kinesis.leases.LeaseManagementConfig;

/** Times that only this version of the library has. */
final class Times {
    private Times() {}

    /** Since version 3, a leader assigns leases by what workers report. */
    static void shorten(LeaseManagementConfig leases) {
        leases.leaseAssignmentIntervalMillis(1000L)
                .dynamoDbLockBasedLeaderLeaseDurationInMillis(6000)
                .dynamoDbLockBasedLeaderHeartbeatPeriodInMillis(1500);
        leases.workerUtilizationAwareAssignmentConfig()
                .inMemoryWorkerMetricsCaptureFrequencyMillis(500)
                .workerMetricsReporterFreqInMillis(1000);
    }
}
