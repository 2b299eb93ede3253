using Architecture.Tests.Rules;
using Xunit;

namespace Architecture.Tests;

public sealed class ProjectRulesTests
{
    [Fact]
    public void Projects_know_only_what_the_layout_lets_them_know() => Verdict.None(ProjectRules.Directions(Repository.Files));

    [Theory]
    [InlineData("SpiffeIdentity", "Grpc")]
    [InlineData("Grpc", "MeshCA")]
    [InlineData("AuthzEngine", "MeshCA")]
    [InlineData("Another", "MeshCA")]
    public void A_forbidden_reference_is_found(string project, string target) =>
        Verdict.One($"must not know {target}", ProjectRules.Directions([Project(project, $"<ProjectReference Include=\"../{target}/{target}.csproj\" />")]));

    [Fact]
    public void An_arrow_of_the_layout_is_not_found() =>
        Verdict.None(ProjectRules.Directions([Project("MeshCA", "<ProjectReference Include=\"..\\SpiffeIdentity\\SpiffeIdentity.csproj\" />")]));

    [Fact]
    public void Pure_projects_stand_alone() => Verdict.None(ProjectRules.PureProjectsStandAlone(Repository.Files));

    [Theory]
    [InlineData("<PackageReference Include=\"Portable.BouncyCastle\" />", "takes Portable.BouncyCastle")]
    [InlineData("<FrameworkReference Include=\"Microsoft.AspNetCore.App\" />", "takes Microsoft.AspNetCore.App")]
    public void A_pure_project_that_takes_a_package_is_found(string item, string finding) =>
        Verdict.One(finding, ProjectRules.PureProjectsStandAlone([Project("SpiffeIdentity", $"{item}<PureProject>true</PureProject>")]));

    [Fact]
    public void A_pure_project_that_does_not_say_so_is_found() =>
        Verdict.One("PureProject", ProjectRules.PureProjectsStandAlone([Project("AuthzEngine", "")]));

    [Fact]
    public void Package_versions_stand_in_one_place() => Verdict.None(ProjectRules.VersionsAreCentral(Repository.Files));

    [Fact]
    public void A_package_version_elsewhere_is_found() =>
        Verdict.One("Spectre", ProjectRules.VersionsAreCentral([Project("MeshCA", "<PackageReference Include=\"Spectre\" Version=\"1\" />")]));

    [Fact]
    public void Every_project_is_in_the_solution_and_locked() =>
        Verdict.None(ProjectRules.ProjectsAreInTheSolution(Repository.Files));

    [Fact]
    public void A_project_outside_the_solution_is_found() => Verdict.One(
        "not in MeshCA.sln",
        ProjectRules.ProjectsAreInTheSolution([new("MeshCA.sln", ""), Project("Lost", ""), new("src/Lost/packages.lock.json", "")]));

    [Fact]
    public void A_project_without_its_lock_file_is_found() => Verdict.One(
        "no packages.lock.json",
        ProjectRules.ProjectsAreInTheSolution([new("MeshCA.sln", "\"src\\Lost\\Lost.csproj\""), Project("Lost", "")]));

    private static SourceFile Project(string name, string items) => new($"src/{name}/{name}.csproj", $"<Project>{items}</Project>");
}
