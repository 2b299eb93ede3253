using System;
using Microsoft.EntityFrameworkCore.Migrations;

#nullable disable

namespace MeshCA.Storage.Schema.Migrations
{
    internal sealed partial class RevocationTables : Migration
    {
        protected override void Up(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.CreateTable(
                name: "revocation_lists",
                columns: table => new
                {
                    authority = table.Column<string>(type: "TEXT", nullable: false),
                    number = table.Column<long>(type: "INTEGER", nullable: false),
                    der = table.Column<byte[]>(type: "BLOB", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_revocation_lists", x => x.authority);
                });

            migrationBuilder.CreateTable(
                name: "revocations",
                columns: table => new
                {
                    number = table.Column<long>(type: "INTEGER", nullable: false),
                    kind = table.Column<long>(type: "INTEGER", nullable: false),
                    subject = table.Column<string>(type: "TEXT", nullable: false),
                    reason = table.Column<string>(type: "TEXT", nullable: false),
                    code = table.Column<long>(type: "INTEGER", nullable: false),
                    actor = table.Column<string>(type: "TEXT", nullable: false),
                    time_us = table.Column<long>(type: "INTEGER", nullable: false),
                    expires_us = table.Column<long>(type: "INTEGER", nullable: true),
                    issuer = table.Column<string>(type: "TEXT", nullable: false),
                    serial = table.Column<byte[]>(type: "BLOB", nullable: true),
                    not_after_s = table.Column<long>(type: "INTEGER", nullable: true),
                    cause = table.Column<long>(type: "INTEGER", nullable: false),
                    published_in = table.Column<long>(type: "INTEGER", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_revocations", x => x.number);
                });
        }

        protected override void Down(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.DropTable(
                name: "revocation_lists");

            migrationBuilder.DropTable(
                name: "revocations");
        }
    }
}
