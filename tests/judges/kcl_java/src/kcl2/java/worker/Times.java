package worker;

import software.amazon.kinesis.leases.LeaseManagementConfig;

/** Times that only this version of the library has. */
final class Times {
    private Times() {}

    /** Version 2 has none: each worker takes leases by itself. */
    static void shorten(LeaseManagementConfig leases) {}
}
