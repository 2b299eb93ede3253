using Kubernetes.Tests.Running;
using Xunit;

// They measure times and kill servers, on few processors.
[assembly: CollectionBehavior(DisableTestParallelization = true)]
[assembly: AssemblyFixture(typeof(SharedCluster))]
