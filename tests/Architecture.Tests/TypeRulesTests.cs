using System.Reflection;
using Architecture.Tests.Planted;
using Architecture.Tests.Rules;
using Xunit;

namespace Architecture.Tests;

public sealed class TypeRulesTests
{
    private static readonly Assembly Service = typeof(MeshCA.Issuance.SerialNumber).Assembly;
    private static readonly Assembly Identity = typeof(SpiffeIdentity.SpiffeId).Assembly;
    private static readonly Assembly Workload = typeof(SpiffeIdentity.WorkloadApi.X509Source).Assembly;

    // Any values form one: parsing reads the printed form, and checks nothing that a constructor could miss.
    private static readonly string[] FreeForms = ["MeshCA.Storage.Chaining.CheckpointReference"];

    // What is queued was promised to be durable: closing the store waits for it, however long that takes.
    private static readonly string[] MustFinish = ["MeshCA.Storage.Writing.StoreWriter.CloseAsync"];

    private static IReadOnlyList<Type> OurTypes { get; } =
    [
        .. Service.GetTypes().Concat(Identity.GetTypes()).Concat(Workload.GetTypes())
            .Where(type => type.Namespace?.Split('.')[0] is "MeshCA" or "SpiffeIdentity"
                && !type.Namespace.StartsWith("MeshCA.Wire", StringComparison.Ordinal)
                && !type.Namespace.StartsWith("SpiffeIdentity.WorkloadApi.Rpc", StringComparison.Ordinal) // copies of src/Grpc
                && !type.FullName!.Contains('<', StringComparison.Ordinal)),
    ];

    [Fact]
    public void The_types_that_are_judged_are_there() => Assert.True(OurTypes.Count > 10);

    [Fact]
    public void Parsed_types_have_no_back_door() =>
        Verdict.NoneBut(FreeForms, TypeRules.ValidatedTypesHaveNoBackDoor(OurTypes));

    [Fact]
    public void A_parsed_type_with_an_open_constructor_is_found() =>
        Verdict.One("constructor", TypeRules.ValidatedTypesHaveNoBackDoor([typeof(ParsedWithOpenConstructor), typeof(ParsedAndClosed)]));

    [Fact]
    public void A_parsed_type_with_an_init_is_found() =>
        Verdict.One("ParsedWithInit.Text", TypeRules.ValidatedTypesHaveNoBackDoor([typeof(ParsedWithInit), typeof(ParsedAndClosed)]));

    [Fact]
    public void Key_holders_are_no_records() => Verdict.None(TypeRules.KeyHoldersAreNoRecords(OurTypes));

    [Theory]
    [InlineData(typeof(RecordWithKey), "shows Key")]
    [InlineData(typeof(RecordWithPrivateKeyBytes), "shows PrivateKey")]
    public void A_record_that_holds_a_key_is_found(Type type, string finding) =>
        Verdict.One(finding, TypeRules.KeyHoldersAreNoRecords([type, typeof(RecordWithKeyNames), typeof(ClassWithKey)]));

    [Fact]
    public void Async_methods_end_in_a_token() => Verdict.NoneBut(
        MustFinish, TypeRules.AsyncMethodsEndInAToken(OurTypes.Where(type => type.Assembly != Identity)));

    [Fact]
    public void An_async_method_without_a_token_is_found() =>
        Verdict.One("WithoutToken.SaveAsync", TypeRules.AsyncMethodsEndInAToken([typeof(WithoutToken), typeof(WithToken)]));

    [Fact]
    public void Options_are_validated_on_start() =>
        Verdict.None(TypeRules.OptionsAreValidatedOnStart(OurTypes, Repository.CSharp("src")));

    [Fact]
    public void Options_without_a_validator_are_found() => Verdict.One(
        "OrphanOptions: has no validator",
        TypeRules.OptionsAreValidatedOnStart(
            [typeof(OrphanOptions)], [new("src/A.cs", "services.AddOptions<OrphanOptions>().ValidateOnStart();")]));

    [Fact]
    public void Options_that_nobody_validates_are_found() => Verdict.One(
        "CheckedOptions: is not validated on start",
        TypeRules.OptionsAreValidatedOnStart(
            [typeof(CheckedOptions), typeof(CheckedOptionsValidator)], [new("src/A.cs", "services.AddOptions<CheckedOptions>(); a.ValidateOnStart();")]));

    [Fact]
    public void Options_validated_on_start_are_not_found() => Verdict.None(
        TypeRules.OptionsAreValidatedOnStart(
            [typeof(CheckedOptions), typeof(CheckedOptionsValidator)],
            [new("src/A.cs", "services.AddOptions<CheckedOptions>()\n .Bind(a)\n .ValidateOnStart();")]));

    [Theory]
    [InlineData("a.Bind(b).ValidateOnStart()", true)]
    [InlineData("a.Bind(b)", false)]
    public void An_extension_counts_only_if_it_validates_on_start(string body, bool counts) => Assert.Equal(
        counts,
        !TypeRules.OptionsAreValidatedOnStart(
            [typeof(CheckedOptions), typeof(CheckedOptionsValidator)],
            [new("src/A.cs", $"services.AddOptions<CheckedOptions>().Strictly(c); static void Strictly<T>(this OptionsBuilder<T> a) => {body};")]).Any());

    [Fact]
    public void Event_numbers_are_unique() => Verdict.None(TypeRules.EventNumbersAreUnique(OurTypes));

    [Fact]
    public void An_event_number_used_twice_is_found() =>
        Verdict.One("First and Second", TypeRules.EventNumbersAreUnique([typeof(LogWithDuplicates), typeof(LogWithoutDuplicates)]));

    [Fact]
    public void Event_numbers_keep_their_meaning() => Golden.Matches(
        "events.txt", TypeRules.EventNumbers(OurTypes.Where(type => type.Assembly != Workload)));

    [Fact]
    public void An_event_is_described_with_number_level_name_and_text() =>
        Assert.Equal(["2 Warning Third: third"], TypeRules.EventNumbers([typeof(LogWithoutDuplicates)]));

    [Fact]
    public void The_service_shows_nothing_to_other_assemblies() => Verdict.None(TypeRules.NothingIsPublic(Service.GetTypes()));

    [Fact]
    public void A_public_type_is_found() =>
        Verdict.One("MeshCA.Planted.Shown", TypeRules.NothingIsPublic([typeof(MeshCA.Planted.Shown), typeof(WithToken)]));

    [Fact]
    public void The_identity_library_needs_the_base_class_library_only() =>
        Assert.All(Identity.GetReferencedAssemblies(), name => Assert.StartsWith("System.", name.Name, StringComparison.Ordinal));

    [Fact]
    public void The_identity_library_shows_what_was_reviewed() =>
        Golden.Matches("SpiffeIdentity.txt", PublicSurface.Of(Identity.GetTypes()));

    // The gRPC layer and the messages in it are internal; that none of them shows, SpiffeIdentity.WorkloadApi.Tests prove.
    [Fact]
    public void The_workload_library_shows_what_was_reviewed() =>
        Golden.Matches(
            "SpiffeIdentity.WorkloadApi.txt", PublicSurface.Of(Workload.GetTypes()).Concat(TypeRules.EventNumbers(OurTypes.Where(type => type.Assembly == Workload))));

    [Fact]
    public void The_engine_shows_what_was_reviewed() =>
        Golden.Matches("AuthzEngine.txt", PublicSurface.Of(typeof(AuthzEngine.Compilation.PolicySet).Assembly.GetTypes()));

    // The messages of protos are generated; what they are is held by their own golden file.
    [Fact]
    public void The_formats_show_what_was_reviewed() => Golden.Matches(
        "AuthzEngine.Formats.txt",
        PublicSurface.Of(typeof(AuthzEngine.Formats.Yaml.PolicyReader).Assembly.GetTypes()
            .Where(type => type.Namespace?.StartsWith("AuthzEngine.Formats", StringComparison.Ordinal) is true)));

    [Fact]
    public void The_public_surface_lists_types_members_and_constants() => Assert.Equal(
        [
            "sealed class MeshCA.Planted.Shown",
            "  MeshCA.Planted.Shown.Limit = 3",
            "  MeshCA.Planted.Shown.Name { get; } : System.String",
            "  MeshCA.Planted.Shown.new()",
        ],
        PublicSurface.Of([typeof(MeshCA.Planted.Shown), typeof(WithToken)]));
}
